using System.Globalization;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Inference.Sampling;
using Litre.Inference.Serving;
using Litre.Server.Errors;
using Litre.Server.Metrics;
using Litre.Server.Settings;

namespace Litre.Server.Requests;

/// <summary>Starts answers for every protocol, within the limits of the server and the scope of the request's key.</summary>
internal sealed class AnswerService(EngineHost host, ModelCatalog catalog, ServerSettings settings, ServerMetrics metrics)
{
    private readonly ImageLimits _limits = new(settings.MaxImagePixels, settings.MaxBody);

    /// <summary>Settings that requests leave open: those of the checkpoint, and the longest answer.</summary>
    /// <exception cref="ApiException">The engine is not ready.</exception>
    public GenerationSettings Defaults => host.Require().Defaults with { MaxNewTokens = settings.MaxTokens };

    /// <summary>The number of tokens of a conversation's prompt.</summary>
    /// <exception cref="ApiException">The engine is not ready.</exception>
    /// <exception cref="InputException">The conversation cannot be used.</exception>
    public int CountTokens(Sample sample)
    {
        CheckImages(sample);
        return host.Require().CountTokens(sample);
    }

    /// <summary>Starts the answers of a request.</summary>
    /// <param name="record">Gets the model and the tokens; its key is the scope.</param>
    /// <param name="model">The model or adapter; null for the base model.</param>
    /// <param name="sample">The conversation.</param>
    /// <param name="generation">Sampling and stopping. Several answers have different seeds.</param>
    /// <param name="count">The number of answers.</param>
    /// <exception cref="ApiException">There is no such model, or the engine is not ready.</exception>
    /// <exception cref="InputException">The conversation or a setting cannot be used.</exception>
    public AnswerRun Start(RequestRecord record, string? model, Sample sample, GenerationSettings generation, int count = 1)
    {
        var engine = host.Require();
        var adapter = catalog.Find(model);
        record.Model = catalog.BaseName;
        if (adapter is not null)
            (record.Adapter, record.AdapterFingerprint) = (adapter.Name, catalog.Fingerprint(adapter));
        generation.Validate();
        generation = generation with { MaxNewTokens = Math.Min(generation.MaxNewTokens, settings.MaxTokens) };
        CheckImages(sample);
        if (settings.MaxPromptTokens is { } limit && engine.CountTokens(sample) is var tokens && tokens > limit)
            throw ApiException.Invalid(
                "messages",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"have {tokens} tokens, and this server accepts {limit}; shorten them, or use fewer or smaller images"
                ),
                "context_length_exceeded"
            );
        if (settings.RecordsContent)
            record.Prompt = string.Join('\n', sample.Messages.Select(m => $"{m.Role.ToString().ToLowerInvariant()}: {m.Text}"));
        var request = new AnswerRequest(sample, generation) { Adapter = adapter?.Name, Scope = record.Scope };
        return new AnswerRun(
            engine,
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(i => request with { Settings = generation with { Seed = (generation.Seed + i) & int.MaxValue } }),
            ],
            record,
            metrics
        );
    }

    // The headers alone, before anything is decoded.
    private void CheckImages(Sample sample)
    {
        foreach (var image in sample.Images.Concat(sample.Videos.SelectMany(v => v.Frames)))
            ImageDecoder.ReadSize(image, _limits);
    }
}
