namespace Litre.Cli.Rendering;

/// <summary>What a key did to the line.</summary>
internal enum LineEvent
{
    /// <summary>The line or its cursor changed.</summary>
    Edited,

    /// <summary>The line is complete.</summary>
    Entered,

    /// <summary>Ctrl+C took the line away.</summary>
    Dropped,

    /// <summary>Ctrl+C on an empty line.</summary>
    Interrupted,

    /// <summary>Ctrl+D on an empty line.</summary>
    Ended,

    /// <summary>The screen is to be cleared.</summary>
    Redrawn,
}
