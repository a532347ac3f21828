namespace Litre.Machine.Doctor;

/// <summary>How good or bad something is that the doctor saw, from good to bad.</summary>
public enum FindingLevel
{
    Ok,

    /// <summary>Works, and could be better.</summary>
    Note,

    /// <summary>A run would fail, give wrong numbers, or be far from what the machine can do.</summary>
    Problem,
}
