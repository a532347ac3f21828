namespace Litre.Inference.Constraints.Schemas;

/// <summary>Kinds of JSON values.</summary>
[Flags]
internal enum ValueTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Object = 4,
    Array = 8,
    String = 16,
    Integer = 32,

    /// <summary>Numbers that are not whole.</summary>
    Fraction = 64,

    Number = Integer | Fraction,
    All = Null | Boolean | Object | Array | String | Number,
}
