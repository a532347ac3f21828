namespace Litre.Planning.Benchmarks;

/// <summary>What keeps a step from being faster, were every kernel perfect.</summary>
public enum StepBound
{
    /// <summary>Matrix products.</summary>
    Arithmetic,

    /// <summary>Reading and writing memory.</summary>
    Memory,
}
