using System.Runtime.CompilerServices;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Inference.Sampling;
using Litre.Inference.Serving;
using Litre.Model.Configuration;
using Litre.Server.ClientHost;

namespace Litre.Server.Tests;

/// <summary>Generates 64 MiB of text without waiting: more than the buffers of any connection hold.</summary>
internal sealed class FloodEngine : IAnswerEngine
{
    private readonly ScriptedEngine _other = new();
    private int _completed;

    /// <summary>The number of answers that were generated to their end.</summary>
    public int Completed => Volatile.Read(ref _completed);

    public ModelConfig Config => _other.Config;

    public SampleEncoder Encoder => _other.Encoder;

    public GenerationSettings Defaults => _other.Defaults;

    public IReadOnlyList<ServedAdapter> Adapters => _other.Adapters;

    public EngineStatus Status => _other.Status;

    public int CountTokens(Sample sample) => _other.CountTokens(sample);

    public async IAsyncEnumerable<AnswerEvent> AnswerAsync(
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

    public Task<ServedAdapter> LoadAdapterAsync(string name, string path, CancellationToken cancel = default) =>
        _other.LoadAdapterAsync(name, path, cancel);

    public Task UnloadAdapterAsync(string name, CancellationToken cancel = default) => _other.UnloadAdapterAsync(name, cancel);

    public ValueTask DisposeAsync() => _other.DisposeAsync();
}
