namespace Litre.Machine.Doctor;

/// <summary>The result of one check of the doctor.</summary>
/// <param name="Group">The group that it belongs to.</param>
/// <param name="Name">What was checked, in a word or two.</param>
/// <param name="Level">The verdict.</param>
/// <param name="Evidence">What was found; one line, with the numbers measured.</param>
/// <param name="Advice">What to do; null only if nothing needs to be done.</param>
public sealed record Finding(FindingGroup Group, string Name, FindingLevel Level, string Evidence, string? Advice = null);

/// <summary>The part of the machine that a finding is about, in the order of the report.</summary>
public enum FindingGroup
{
    Machine,
    Engine,
    Operators,
    Disk,
    Sensors,
    Network,
}

/// <summary>The severity of a finding, from good to bad.</summary>
public enum FindingLevel
{
    Ok,

    /// <summary>Works, and could be better.</summary>
    Note,

    /// <summary>A run would fail, produce wrong numbers, or be far slower than the machine allows.</summary>
    Problem,
}
