using Litre.Data.Synthesis.Drawings;

namespace Litre.Data.Synthesis.Charts;

/// <summary>The styles that charts are made in.</summary>
internal static class ChartStyles
{
    public static readonly IReadOnlyList<ChartStyle> All =
    [
        new()
        {
            Name = "classic",
            CaptionAnchor = 0.5f,
            Rules = TableRules.Grid,
            Tints = [0xFFD4D8DE, 0xFFBFC5CE, 0xFFE6E8EC, 0xFFABB3BE, 0xFFF3F4F6],
        },
        new()
        {
            Name = "grid",
            CaptionBelow = true,
            ReadsGridLines = true,
            HasLegend = true,
            Rules = TableRules.HeadingOnly,
            Tints = [0xFF8FB3D9, 0xFFC9DDF0, 0xFF6C93BD, 0xFFE3EEF8, 0xFFA9C9C0],
            Ink = 0xFF26415E,
            Pen = 1.5f,
        },
        new()
        {
            Name = "report",
            LevelBars = true,
            HasFrame = true,
            HasLegend = true,
            Rules = TableRules.Columns,
            Paper = 0xFFFBF8F1,
            Tints = [0xFFE3B388, 0xFFC9D6A3, 0xFFEFD9A7, 0xFFB9CFC4, 0xFFE6C6C0],
            Ink = 0xFF4A3A2A,
            Pen = 1f,
        },
    ];
}
