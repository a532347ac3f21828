using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>The styles of charts.</summary>
internal static class ChartStyles
{
    /// <summary>The styles of <c>all</c>: those in Latin letters.</summary>
    public static readonly IReadOnlyList<ChartStyle> Mixed =
    [
        new()
        {
            Name = "classic",
            CaptionAnchor = 0.5f,
            Rules = TableRules.Grid,
            Tints = [0xFFDDDDDD, 0xFFBBBBBB, 0xFFEEEEEE, 0xFFAAAAAA, 0xFFFFFFFF],
        },
        new()
        {
            Name = "grid",
            CaptionBelow = true,
            ReadsGridLines = true,
            HasLegend = true,
            Rules = TableRules.HeadingOnly,
            Tints = [0xFF88AADD, 0xFFCCDDEE, 0xFF6699BB, 0xFFEEEEFF, 0xFFAACCBB],
            Ink = 0xFF224466,
            Pen = 1.5f,
        },
        new()
        {
            Name = "report",
            LevelBars = true,
            HasFrame = true,
            HasLegend = true,
            Rules = TableRules.Columns,
            Tints = [0xFFEEBB88, 0xFFCCDDAA, 0xFFFFEEBB, 0xFFAACCBB, 0xFFEECCCC],
            Ink = 0xFF443322,
            Pen = 1f,
        },
    ];

    /// <summary>Captions, names and headings in Chinese.</summary>
    public static readonly ChartStyle Chinese = new()
    {
        Name = "gb",
        IsChinese = true,
        CaptionAnchor = 0.5f,
        HasLegend = true,
        Rules = TableRules.Grid,
        Tints = [0xFFBBDDCC, 0xFFEEEEEE, 0xFF99BBAA, 0xFFDDDDDD, 0xFFFFFFFF],
        NameDrop = 18,
        TableBaseline = 17,
    };
}
