using Litre.Synthesis.Sheets;

namespace Litre.Synthesis;

/// <summary>The options of a generated data set.</summary>
public sealed record SynthesisOptions
{
    public required SyntheticImageKind Kind { get; init; }

    /// <summary>The folder to write; it must not exist or must be empty.</summary>
    public required string Output { get; init; }

    /// <summary>
    /// One style or, separated by commas, several of <see cref="DataSetGenerator.Styles"/>; <c>all</c> means those in
    /// Latin letters except the company's own. Images use them in turn.
    /// </summary>
    public string Style { get; init; } = "all";

    public ulong Seed { get; init; }

    /// <summary>The number of images for training.</summary>
    public required int Train { get; init; }

    /// <summary>The number of images for validation.</summary>
    public required int Validation { get; init; }

    /// <summary>The number of images for the test.</summary>
    public required int Test { get; init; }

    /// <summary>Rows per image; in the validation and test splits each contains one question.</summary>
    public int Questions { get; init; } = 4;

    /// <summary>Questions and answers per training row, all about one image.</summary>
    public int Turns { get; init; } = 1;

    public QuestionLanguage Language { get; init; } = QuestionLanguage.English;

    /// <summary>Images drawn at once; the files do not depend on it.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Called with the number of images written.</summary>
    public Action<int>? Progress { get; init; }

    public int Images => Train + Validation + Test;
}
