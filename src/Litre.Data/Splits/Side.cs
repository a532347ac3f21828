namespace Litre.Data.Splits;

/// <summary>What a sample is used for.</summary>
public enum Side
{
    Train,
    Validation,
    Test,
}
