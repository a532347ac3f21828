using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Export.Creation;

/// <summary>The settings of a new checkpoint.</summary>
public sealed record InitSettings
{
    /// <summary>A config.json, or a folder that contains one.</summary>
    public required string Config { get; init; }

    /// <summary>The folder to write; new or empty.</summary>
    public required string Output { get; init; }

    /// <summary>Data whose texts a tokenizer is trained on; null for none.</summary>
    public string? TokenizerFrom { get; init; }

    /// <summary>A checkpoint whose tokenizer and processor are copied; null for none.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Vocabulary size of a trained tokenizer; null for the configuration's <c>vocab_size</c>.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>
    /// How often a pair must occur in the texts to become a token, and ten times that for runs of capitals; null for the trainer's own.
    /// </summary>
    public int? MinimumFrequency { get; init; }

    public ulong Seed { get; init; }

    /// <summary>bfloat16 or float32.</summary>
    public DType DType { get; init; } = DType.BFloat16;

    /// <summary>Maximum size of the tensors in one file, in bytes.</summary>
    public long ShardBytes { get; init; } = ShardedWriter.DefaultShardBytes;

    /// <summary>Minimum pixels of a resized image; null for the processor's own.</summary>
    public long? MinimumPixels { get; init; }

    /// <summary>Maximum pixels of a resized image; null for the processor's own.</summary>
    public long? MaximumPixels { get; init; }

    /// <summary>
    /// Called with one line about each thing that the user should know: rows that were skipped, a vocabulary that is smaller than
    /// requested.
    /// </summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Called with the bytes written and the bytes in total.</summary>
    public Action<long, long>? Progress { get; init; }
}
