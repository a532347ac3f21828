using System.Runtime.CompilerServices;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Inference.Sampling;
using Litre.Inference.Serving;
using Litre.Model.Configuration;
using Litre.Server.ClientHost;

namespace Litre.Server.Tests;

/// <summary>Answers after a while, as if all places were taken.</summary>
internal sealed class DelayedEngine(TimeSpan delay) : IAnswerEngine
{
    private readonly ScriptedEngine _other = new();

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
        await Task.Delay(delay, cancel);
        await foreach (var next in _other.AnswerAsync(request, cancel))
            yield return next;
    }

    public Task<ServedAdapter> LoadAdapterAsync(string name, string path, CancellationToken cancel = default) =>
        _other.LoadAdapterAsync(name, path, cancel);

    public Task UnloadAdapterAsync(string name, CancellationToken cancel = default) => _other.UnloadAdapterAsync(name, cancel);

    public ValueTask DisposeAsync() => _other.DisposeAsync();
}
