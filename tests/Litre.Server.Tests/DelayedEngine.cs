using System.Runtime.CompilerServices;
using Litre.Inference.Serving;

namespace Litre.Server.Tests;

/// <summary>Answers after a while, as if all places were taken.</summary>
internal sealed class DelayedEngine(TimeSpan delay) : WrappedEngine
{
    public override async IAsyncEnumerable<AnswerEvent> AnswerAsync(
        AnswerRequest request,
        [EnumeratorCancellation] CancellationToken cancel = default
    )
    {
        await Task.Delay(delay, cancel);
        await foreach (var next in Other.AnswerAsync(request, cancel))
            yield return next;
    }
}
