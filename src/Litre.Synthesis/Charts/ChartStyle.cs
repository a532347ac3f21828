using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>The style of one publisher's charts; immutable.</summary>
internal sealed record ChartStyle
{
    public required string Name { get; init; }

    public bool CaptionBelow { get; init; }

    /// <summary>Position of the caption: 0 left, 0.5 in the middle.</summary>
    public float CaptionAnchor { get; init; }

    public bool LevelBars { get; init; }

    /// <summary>Values are not printed but are on gridlines or halfway between two.</summary>
    public bool ReadsGridLines { get; init; }

    public bool HasFrame { get; init; }

    /// <summary>A legend with swatches next to a pie, instead of labels around it.</summary>
    public bool HasLegend { get; init; }

    /// <summary>Words and names are Chinese, which are taller than Latin ones.</summary>
    public bool IsChinese { get; init; }

    /// <summary>Distance from an axis down to the baseline of the names below it.</summary>
    public float NameDrop { get; init; } = 16;

    /// <summary>Distance from a table row's upper edge to the baseline.</summary>
    public float TableBaseline { get; init; } = 16;

    public TableRules Rules { get; init; }

    public uint Paper { get; init; } = 0xFFFFFFFF;

    /// <summary>The color of axes and outlines.</summary>
    public uint Ink { get; init; } = 0xFF222222;

    public uint GridInk { get; init; } = 0xFFBBBBBB;

    /// <summary>Fill colors, light enough that text on them stays legible.</summary>
    public required IReadOnlyList<uint> Tints { get; init; }

    public float Pen { get; init; } = 1.2f;
}
