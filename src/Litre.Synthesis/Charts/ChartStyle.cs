using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>How one publisher draws its charts; immutable.</summary>
internal sealed record ChartStyle
{
    public required string Name { get; init; }

    public bool CaptionBelow { get; init; }

    /// <summary>Where the caption stands: 0 left, 0.5 in the middle.</summary>
    public float CaptionAnchor { get; init; }

    public bool LevelBars { get; init; }

    /// <summary>Values are not printed but lie on gridlines or half way between two.</summary>
    public bool ReadsGridLines { get; init; }

    public bool HasFrame { get; init; }

    /// <summary>A list with swatches beside a pie, instead of labels around it.</summary>
    public bool HasLegend { get; init; }

    /// <summary>Words and names are Chinese, which stand higher than Latin ones.</summary>
    public bool IsChinese { get; init; }

    /// <summary>From an axis down to where the names below it end.</summary>
    public float NameDrop { get; init; } = 16;

    /// <summary>From a table row's upper edge to where capitals end.</summary>
    public float TableBaseline { get; init; } = 16;

    public TableRules Rules { get; init; }

    public uint Paper { get; init; } = 0xFFFFFFFF;

    /// <summary>Of axes and outlines.</summary>
    public uint Ink { get; init; } = 0xFF222222;

    public uint GridInk { get; init; } = 0xFFBBBBBB;

    /// <summary>Fills, light enough that nothing else looks dark.</summary>
    public required IReadOnlyList<uint> Tints { get; init; }

    public float Pen { get; init; } = 1.2f;
}
