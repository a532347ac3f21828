using System.Runtime.CompilerServices;
using Litre.Inference.Serving;

namespace Litre.Server.Tests;

/// <summary>Generates 64 MiB of text without waiting: more than the buffers of any connection hold.</summary>
internal sealed class FloodEngine : WrappedEngine
{
    private int _completed;

    /// <summary>The number of answers that were generated to their end.</summary>
    public int Completed => Volatile.Read(ref _completed);

    public override async IAsyncEnumerable<AnswerEvent> AnswerAsync(
        AnswerRequest request,
        [EnumeratorCancellation] CancellationToken cancel = default
    )
    {
        var text = new string('x', 1 << 20);
        for (var i = 0; i < 64; i++)
        {
            await Task.Yield();
            yield return new AnswerText(text, []);
        }
        Interlocked.Increment(ref _completed);
        yield return new AnswerEnd(AnswerEndReason.Stop, new AnswerUsage(1, 0, 64), new AnswerTiming(0, 0, 0, 0));
    }
}
