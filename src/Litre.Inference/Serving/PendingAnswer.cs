using System.Diagnostics;
using System.Threading.Channels;
using Litre.Data.Tokenization;
using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
using Litre.Model;

namespace Litre.Inference.Serving;

/// <summary>A request between its arrival and its end: it turns tokens into events. The engine's thread writes, a reader reads.</summary>
internal sealed class PendingAnswer
{
    private readonly Channel<AnswerEvent> _events = Channel.CreateUnbounded<AnswerEvent>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }
    );
    private readonly StreamingDecoder? _decoder;
    private readonly StopStringFilter? _stops;
    private readonly List<TokenLogProb> _logProbs = [];
    private readonly long _arrival;
    private readonly double _preparation;
    private long _started;
    private long _first;
    private int _released;

    /// <param name="prompt">The prompt, whose images are freed when it has been read.</param>
    /// <param name="settings">Sampling and stopping.</param>
    /// <param name="sampler">Chooses the tokens; null for the most likely ones.</param>
    /// <param name="adapter">Its adapter; null for the base model.</param>
    /// <param name="scope">Who may share its prefix; null for nobody.</param>
    /// <param name="decoder">The decoder of the answer; null for one event without text for each token.</param>
    /// <param name="arrival">When it arrived (<see cref="Stopwatch.GetTimestamp"/>).</param>
    public PendingAnswer(
        ModelSample prompt,
        GenerationSettings settings,
        TokenSampler? sampler,
        AdapterStore.Entry? adapter,
        string? scope,
        StreamingDecoder? decoder,
        long arrival
    )
    {
        (Prompt, Settings, Sampler, Adapter, Scope) = (prompt, settings, sampler, adapter, scope);
        (_decoder, _arrival) = (decoder, arrival);
        _stops = settings.StopStrings.Count > 0 ? new StopStringFilter(settings.StopStrings) : null;
        _preparation = Stopwatch.GetElapsedTime(arrival).TotalSeconds;
    }

    public ModelSample Prompt { get; }

    public GenerationSettings Settings { get; }

    public TokenSampler? Sampler { get; }

    public AdapterStore.Entry? Adapter { get; }

    public string? Scope { get; }

    public ChannelReader<AnswerEvent> Events => _events.Reader;

    /// <summary>The task in the scheduler; null while it waits for its adapter.</summary>
    public GenerationTask? Task { get; private set; }

    /// <summary>Set by any thread.</summary>
    public volatile bool IsCanceled;

    /// <summary>From its arrival until its end, in seconds.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_arrival).TotalSeconds;

    /// <summary>Makes the task for the scheduler.</summary>
    /// <param name="slot">The slot of its adapter.</param>
    /// <param name="onEnd">Called when it leaves the scheduler.</param>
    public GenerationTask Start(int slot, Action<PendingAnswer> onEnd) =>
        Task = new GenerationTask(Prompt with { Adapter = slot }, Settings, Sampler)
        {
            Scope = Scope,
            OnStart = () => _started = Stopwatch.GetTimestamp(),
            OnToken = Push,
            OnPromptRead = ReleaseImages,
            OnEnd = _ => onEnd(this),
        };

    public void Cancel()
    {
        IsCanceled = true;
        if (Task is { } task)
            task.IsCanceled = true;
    }

    /// <summary>Writes the last event.</summary>
    public void Finish()
    {
        ReleaseImages();
        if (Task is not { End: { } reason } task)
        {
            _events.Writer.TryComplete(new OperationCanceledException("the answer was canceled"));
            return;
        }
        var rest = Filter(_decoder?.Finish() ?? "") + _stops?.Finish();
        if (rest.Length > 0 || _logProbs.Count > 0)
            Write(rest);
        _events.Writer.TryWrite(
            new AnswerEnd(
                reason == TaskEnd.Stop ? AnswerEndReason.Stop : AnswerEndReason.Length,
                new AnswerUsage(Prompt.Ids.Length, task.CachedTokens, task.NewTokens),
                new AnswerTiming(
                    _preparation,
                    Stopwatch.GetElapsedTime(_arrival, _started).TotalSeconds - _preparation,
                    Stopwatch.GetElapsedTime(_arrival, _first == 0 ? Stopwatch.GetTimestamp() : _first).TotalSeconds,
                    Seconds
                )
            )
            {
                StopString = _stops?.StopString,
            }
        );
        _events.Writer.TryComplete();
    }

    public void Fail(Exception failure)
    {
        ReleaseImages();
        _events.Writer.TryComplete(failure);
    }

    private bool Push(SampledToken token)
    {
        if (_first == 0)
            _first = Stopwatch.GetTimestamp();
        if (token.LogProb is { } logProb)
            _logProbs.Add(logProb);
        var text = Filter(_decoder?.Push(token.Token) ?? "");
        if (text.Length > 0 || _logProbs.Count > 0 || _decoder is null)
            Write(text);
        return _stops is not { IsStopped: true };
    }

    private string Filter(string text) => _stops?.Push(text) ?? text;

    private void Write(string text)
    {
        _events.Writer.TryWrite(new AnswerText(text, _logProbs.Count == 0 ? [] : [.. _logProbs]));
        _logProbs.Clear();
    }

    private void ReleaseImages()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
            Prompt.ReleaseImages();
    }
}
