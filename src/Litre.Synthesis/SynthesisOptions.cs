using Litre.Synthesis.Sheets;

namespace Litre.Synthesis;

/// <summary>What data set is made.</summary>
public sealed record SynthesisOptions
{
    public required SyntheticImageKind Kind { get; init; }

    /// <summary>The folder to write; it must not exist, or be empty.</summary>
    public required string Output { get; init; }

    /// <summary>
    /// One or, with commas between them, several of <see cref="DataSetGenerator.Styles"/>; <c>all</c> stands for those in
    /// Latin letters that are not a company's own. Images take them in turn.
    /// </summary>
    public string Style { get; init; } = "all";

    public ulong Seed { get; init; }

    /// <summary>Images for training.</summary>
    public required int Train { get; init; }

    /// <summary>Images for validation.</summary>
    public required int Validation { get; init; }

    /// <summary>Images for the test.</summary>
    public required int Test { get; init; }

    /// <summary>Rows about each image; on the validation and test sides each holds one question.</summary>
    public int Questions { get; init; } = 4;

    /// <summary>Questions and answers that one training row holds, all about one image.</summary>
    public int Turns { get; init; } = 1;

    public QuestionLanguage Language { get; init; } = QuestionLanguage.English;

    /// <summary>Images drawn at once; the files do not depend on it.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Told how many images are written.</summary>
    public Action<int>? Progress { get; init; }

    public int Images => Train + Validation + Test;
}
