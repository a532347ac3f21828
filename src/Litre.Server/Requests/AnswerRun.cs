using System.Threading.Channels;
using Litre.Inference.Serving;
using Litre.Server.Metrics;

namespace Litre.Server.Requests;

/// <summary>An event of one of the answers of a request.</summary>
/// <param name="Choice">The index of the answer.</param>
/// <param name="Event">The event.</param>
internal readonly record struct ChoiceEvent(int Choice, AnswerEvent Event);

/// <summary>
/// The answers of a request while they are generated, at the same time if there are several. If one fails, all end with its failure.
/// Disposing stops those that are not complete. For one reader.
/// </summary>
internal sealed class AnswerRun : IAsyncDisposable
{
    private readonly Channel<ChoiceEvent> _events = Channel.CreateUnbounded<ChoiceEvent>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stop;
    private readonly RequestRecord _record;
    private readonly ServerMetrics _metrics;
    private readonly Task _all;

    /// <param name="engine">Answers the requests.</param>
    /// <param name="requests">One for each answer.</param>
    /// <param name="record">Gets the number of tokens; its cancellation stops the answers.</param>
    /// <param name="metrics">Gets the times.</param>
    public AnswerRun(IAnswerEngine engine, IReadOnlyList<AnswerRequest> requests, RequestRecord record, ServerMetrics metrics)
    {
        (_record, _metrics) = (record, metrics);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(record.Cancel);
        _all = Task.WhenAll([.. requests.Select((request, i) => AnswerAsync(engine, request, i))]);
        _ = _all.ContinueWith(_ => _events.Writer.TryComplete(), TaskScheduler.Default);
    }

    /// <summary>The events in the order in which they come.</summary>
    /// <param name="pause">The time after which null is returned if no event has come; null to wait for events only.</param>
    public async IAsyncEnumerable<ChoiceEvent?> ReadAsync(TimeSpan? pause)
    {
        while (true)
        {
            var next = _events.Reader.WaitToReadAsync(_record.Cancel).AsTask();
            while (pause is { } time && !await CompletesAsync(next, time))
                yield return null;
            if (!await next)
                yield break;
            while (_events.Reader.TryRead(out var found))
                yield return found;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private static async Task<bool> CompletesAsync(Task task, TimeSpan time)
    {
        if (task.IsCompleted)
            return true;
        try
        {
            await task.WaitAsync(time);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            return false;
        }
        catch (Exception) when (task.IsCompleted)
        {
            // Thrown where the task is awaited.
        }
        return true;
    }

    private async Task AnswerAsync(IAnswerEngine engine, AnswerRequest request, int choice)
    {
        _metrics.Begin(request.Adapter);
        try
        {
            await foreach (var next in engine.AnswerAsync(request, _stop.Token))
            {
                if (next is AnswerEnd end)
                {
                    _record.Add(end.Usage);
                    _metrics.Complete(end);
                }
                await _events.Writer.WriteAsync(new ChoiceEvent(choice, next));
            }
        }
        catch (Exception failure)
        {
            _events.Writer.TryComplete(failure);
            await _stop.CancelAsync();
        }
        finally
        {
            _metrics.Leave(request.Adapter);
        }
    }
}
