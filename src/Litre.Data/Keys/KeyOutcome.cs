namespace Litre.Data.Keys;

/// <summary>What became of a key of one row.</summary>
public enum KeyOutcome
{
    /// <summary>It was obeyed, or its value became a part of the sample.</summary>
    Used,

    /// <summary>It has no effect on the sample.</summary>
    Ignored,

    /// <summary>It is the reason why its row cannot be used.</summary>
    Refused,

    /// <summary>Its row cannot be used for a reason other than this key.</summary>
    RowUnusable,
}
