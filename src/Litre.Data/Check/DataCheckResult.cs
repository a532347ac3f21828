using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Data.Formats;
using Litre.Data.Keys;
using Litre.Data.Samples;

namespace Litre.Data.Check;

/// <summary>Everything a data check found.</summary>
public sealed record DataCheckResult
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The folder of the data.</summary>
    public required string Path { get; init; }

    public required IReadOnlyList<FileSummary> Files { get; init; }

    /// <summary>Rows that can be used.</summary>
    public required int Samples { get; init; }

    /// <summary>Samples of each split: train, validation, test.</summary>
    [JsonPropertyName("sides")]
    public required IReadOnlyDictionary<string, int> Splits { get; init; }

    /// <summary>The number of distinct images by content.</summary>
    public required int DistinctImages { get; init; }

    public required int ImageReferences { get; init; }

    public required int Videos { get; init; }

    /// <summary>Token sums and lengths; null if no tokenizer was given.</summary>
    public required TokenSummary? Tokens { get; init; }

    /// <summary>Rows that share an ID, as locations of the rows.</summary>
    public required IReadOnlyList<RowGroup> DuplicateIds { get; init; }

    /// <summary>Rows with the same images, questions and answers.</summary>
    public required IReadOnlyList<RowGroup> Duplicates { get; init; }

    /// <summary>Rows with the same images and questions, but different answers.</summary>
    public required IReadOnlyList<RowGroup> Contradictions { get; init; }

    /// <summary>Images (or questions without one) that appear in two splits.</summary>
    public required IReadOnlyList<RowGroup> Leaks { get; init; }

    /// <summary>Samples longer than the limit, whose answers would be truncated; they are omitted, never truncated.</summary>
    public required IReadOnlyList<LongSample> TooLong { get; init; }

    /// <summary>Rows, files and images that cannot be used.</summary>
    public required IReadOnlyList<UnusableRow> Unusable { get; init; }

    /// <summary>Every key of rows, turns and parts, and how it was used.</summary>
    public required IReadOnlyList<KeySummary> Keys { get; init; }

    /// <summary>Warnings about usable rows, grouped.</summary>
    public required IReadOnlyList<WarningGroup> Warnings { get; init; }

    /// <summary>What the user should know, such as licenses.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    /// <summary>Unusable rows whose placeholders and images do not match.</summary>
    public int PlaceholderMismatches => Unusable.Count(u => u.Kind == UnusableKind.Placeholder);

    /// <summary>True if every row can be used, nothing leaks and no answer would be truncated.</summary>
    public bool IsClean => Unusable.Count == 0 && Leaks.Count == 0 && TooLong.Count == 0;

    /// <summary>The whole result as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonForm);
}

/// <summary>One data file: its recognized format and the numbers of usable and unusable rows.</summary>
public sealed record FileSummary(string File, DataFormat Format, string? Split, int Usable, int Unusable);

/// <summary>A sample beyond the limit.</summary>
/// <param name="Origin">Its location.</param>
/// <param name="Tokens">Its length.</param>
/// <param name="VisualTokens">The number of these for images.</param>
/// <param name="TruncatedAnswerTokens">Answer tokens beyond the limit.</param>
public sealed record LongSample(
    SampleOrigin Origin,
    int Tokens,
    int VisualTokens,
    [property: JsonPropertyName("cut_answer_tokens")] int TruncatedAnswerTokens
);

/// <summary>Rows that share a property.</summary>
/// <param name="What">The shared ID, image content hash, or question.</param>
/// <param name="Rows">Their locations.</param>
public sealed record RowGroup(string What, IReadOnlyList<SampleOrigin> Rows);
