using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Video;

namespace Litre.Data.Samples;

/// <summary>One row of a data set in the common form used after reading.</summary>
public sealed record Sample
{
    /// <summary>The row's own ID, or its file name and line if it has none.</summary>
    public required string Id { get; init; }

    public required SampleOrigin Origin { get; init; }

    /// <summary>The turns; the last is an answer.</summary>
    public required IReadOnlyList<Message> Messages { get; init; }

    /// <summary>Images that the turns refer to by index.</summary>
    public IReadOnlyList<ImageSource> Images { get; init; } = [];

    /// <summary>Videos that the turns refer to by index.</summary>
    public IReadOnlyList<VideoSource> Videos { get; init; } = [];

    /// <summary>The split stated by the data: <c>train</c>, <c>validation</c>, <c>test</c>; null if they do not state one.</summary>
    public string? Split { get; init; }

    /// <summary>The data's own kind of question, for scores by kind.</summary>
    public string? QuestionType { get; init; }

    /// <summary>The source of the row, for scores by source: the data file's name.</summary>
    public required string Source { get; init; }

    /// <summary>Answers that count as correct. For a choice: its letter first, then its text.</summary>
    public required IReadOnlyList<string> References { get; init; }

    /// <summary>Options of a multiple-choice question, without letters; empty for an open question.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Warnings about this row, which can still be used.</summary>
    public IReadOnlyList<DataWarning> Warnings { get; init; } = [];

    /// <summary>Whether it is plain text for continued pretraining: it is not written as turns, and all of it carries loss.</summary>
    public bool IsText => Messages is [{ Role: Role.Assistant }];

    /// <summary>The last answer, which evaluation compares with.</summary>
    public string Answer => Messages[^1].Text;
}
