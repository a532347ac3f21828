namespace Litre.Planning;

/// <summary>What decides how long a step takes.</summary>
public enum PlanBound
{
    /// <summary>Most of the time goes into products.</summary>
    Arithmetic,

    /// <summary>Most of the time goes into moving bytes from and to memory.</summary>
    Bandwidth,

    /// <summary>The operators are so small that starting them takes longest.</summary>
    Operators,

    /// <summary>Decoding and cutting pictures takes longer than computing.</summary>
    Data,
}
