namespace Litre.Data.Samples;

/// <summary>What keeps a row from being used.</summary>
public enum UnusableKind
{
    /// <summary>The row, or its file, cannot be read or has not the fields it needs.</summary>
    Row,

    /// <summary>As many places for pictures in the text as pictures given were expected.</summary>
    Placeholder,

    /// <summary>A picture or video is missing, damaged or not allowed.</summary>
    Media,
}
