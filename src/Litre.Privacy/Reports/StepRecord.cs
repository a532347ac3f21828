using Litre.Privacy.Containment;

namespace Litre.Privacy.Reports;

/// <summary>A command of a proof and how it ended.</summary>
/// <param name="Name">Such as <c>tune</c>.</param>
/// <param name="Command">As a user would type it.</param>
/// <param name="Result">Null if it was skipped.</param>
public sealed record StepRecord(string Name, string Command, ContainedResult? Result)
{
    /// <summary>Why it failed or was skipped; null otherwise.</summary>
    public string? Note { get; init; }

    /// <summary>Whether it failed, or was not contained to its end.</summary>
    public bool HasFailed => Result is not null && (Result.ExitCode != 0 || Result.Gap is not null);
}
