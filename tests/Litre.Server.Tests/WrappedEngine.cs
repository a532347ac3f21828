using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Inference.Sampling;
using Litre.Inference.Serving;
using Litre.Model.Configuration;
using Litre.Server.ClientHost;

namespace Litre.Server.Tests;

/// <summary>A scripted engine whose answers a test changes.</summary>
internal abstract class WrappedEngine : IAnswerEngine
{
    protected ScriptedEngine Other { get; } = new();

    public ModelConfig Config => Other.Config;

    public SampleEncoder Encoder => Other.Encoder;

    public GenerationSettings Defaults => Other.Defaults;

    public IReadOnlyList<ServedAdapter> Adapters => Other.Adapters;

    public EngineStatus Status => Other.Status;

    public int CountTokens(Sample sample) => Other.CountTokens(sample);

    public abstract IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancel = default);

    public Task<ServedAdapter> LoadAdapterAsync(string name, string path, CancellationToken cancel = default) =>
        Other.LoadAdapterAsync(name, path, cancel);

    public Task UnloadAdapterAsync(string name, CancellationToken cancel = default) => Other.UnloadAdapterAsync(name, cancel);

    public ValueTask DisposeAsync() => Other.DisposeAsync();
}
