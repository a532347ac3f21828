namespace Litre.Cli.Rendering;

/// <summary>The effect of a key on the line.</summary>
internal enum LineEvent
{
    /// <summary>The line or its cursor changed.</summary>
    Edited,

    /// <summary>The line is complete.</summary>
    Entered,

    /// <summary>Ctrl+C discarded the line.</summary>
    Dropped,

    /// <summary>Ctrl+C on an empty line.</summary>
    Interrupted,

    /// <summary>Ctrl+D on an empty line.</summary>
    Ended,

    /// <summary>Ctrl+L asks to clear the screen.</summary>
    Redrawn,
}
