using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Export.Creation;

/// <summary>What a new checkpoint is made of.</summary>
public sealed record InitSettings
{
    /// <summary>A config.json, or a folder that holds one.</summary>
    public required string Config { get; init; }

    /// <summary>The folder to write; new or empty.</summary>
    public required string Output { get; init; }

    /// <summary>Data whose texts a tokenizer is trained on; null for none.</summary>
    public string? TokenizerFrom { get; init; }

    /// <summary>A checkpoint whose tokenizer and processor are taken over; null for none.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Tokens of a trained tokenizer in all; null for the configuration's <c>vocab_size</c>.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>
    /// How often a pair must stand in the texts to become a token, and ten times that for runs of capitals; null for the trainer's
    /// own.
    /// </summary>
    public int? MinimumFrequency { get; init; }

    public ulong Seed { get; init; }

    /// <summary>bfloat16 or float32.</summary>
    public DType DType { get; init; } = DType.BFloat16;

    /// <summary>The most bytes of tensors in one file.</summary>
    public long ShardBytes { get; init; } = ShardedWriter.DefaultShardBytes;

    /// <summary>Fewest pixels of a resized image; null for the processor's own.</summary>
    public long? MinimumPixels { get; init; }

    /// <summary>Most pixels of a resized image; null for the processor's own.</summary>
    public long? MaximumPixels { get; init; }

    /// <summary>Told, in one line each, what the user should know: rows that were not read, a vocabulary that did not fill.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Told the bytes written and the bytes in all.</summary>
    public Action<long, long>? Progress { get; init; }
}
