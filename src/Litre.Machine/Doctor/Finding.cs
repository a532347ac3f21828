namespace Litre.Machine.Doctor;

/// <summary>One thing that the doctor looked at.</summary>
/// <param name="Group">Where it belongs.</param>
/// <param name="Name">What was looked at, in a word or two.</param>
/// <param name="Level">The verdict.</param>
/// <param name="Evidence">What was found; one line, with the numbers measured.</param>
/// <param name="Advice">What to do; null only where nothing needs doing.</param>
public sealed record Finding(FindingGroup Group, string Name, FindingLevel Level, string Evidence, string? Advice = null);

/// <summary>What part of the machine a finding is about, in the order of the report.</summary>
public enum FindingGroup
{
    Machine,
    Engine,
    Operators,
    Disk,
    Sensors,
    Network,
}

/// <summary>How good or bad something is that the doctor saw, from good to bad.</summary>
public enum FindingLevel
{
    Ok,

    /// <summary>Works, and could be better.</summary>
    Note,

    /// <summary>A run would fail, give wrong numbers, or be far from what the machine can do.</summary>
    Problem,
}
