using Litre.Core;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Inference.Sampling;
using Litre.Model.Configuration;

namespace Litre.Inference.Serving;

/// <summary>Answers many requests at the same time with one model and any number of adapters. Thread-safe.</summary>
public interface IAnswerEngine : IAsyncDisposable
{
    /// <summary>The configuration of the base model.</summary>
    ModelConfig Config { get; }

    /// <summary>The tokenizer, chat template and image preparation of the base model.</summary>
    SampleEncoder Encoder { get; }

    /// <summary>What the checkpoint's generation_config.json says, for requests that leave a setting open.</summary>
    GenerationSettings Defaults { get; }

    /// <summary>The adapters that requests can name.</summary>
    IReadOnlyList<ServedAdapter> Adapters { get; }

    EngineStatus Status { get; }

    /// <summary>The number of tokens of a conversation's prompt.</summary>
    /// <exception cref="InputException">An image cannot be used.</exception>
    int CountTokens(Sample sample);

    /// <summary>Answers a conversation.</summary>
    /// <param name="request">What to answer.</param>
    /// <param name="cancel">Stops the answer; its place in the engine is free at once.</param>
    /// <returns>Pieces of text, and <see cref="AnswerEnd"/> as the last event. A slow reader delays nobody.</returns>
    /// <exception cref="InputException">
    /// The conversation cannot be answered: an image is damaged, it has too many tokens, a setting is out of range, or the adapter is
    /// unknown.
    /// </exception>
    /// <exception cref="EngineFullException">Too many requests are waiting.</exception>
    /// <exception cref="OperationCanceledException">The answer was canceled, or the engine is stopping.</exception>
    IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancel = default);

    /// <summary>Registers an adapter, or replaces the one of that name for requests that arrive from now on.</summary>
    /// <param name="name">The name that requests use.</param>
    /// <param name="path">The folder of a PEFT adapter, or of a run.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <exception cref="InputException">The adapter does not exist or does not fit the model.</exception>
    Task<ServedAdapter> LoadAdapterAsync(string name, string path, CancellationToken cancel = default);

    /// <summary>Removes an adapter. Requests that use it are finished first.</summary>
    /// <exception cref="InputException">There is no adapter of that name.</exception>
    Task UnloadAdapterAsync(string name, CancellationToken cancel = default);
}
