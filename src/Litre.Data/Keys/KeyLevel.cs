namespace Litre.Data.Keys;

/// <summary>Where a key stands: in the row itself, in a turn of its conversation, or in a typed part of a turn.</summary>
public enum KeyLevel
{
    Row,
    Turn,
    Part,
}
