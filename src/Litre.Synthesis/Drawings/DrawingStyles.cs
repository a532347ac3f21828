using Litre.Synthesis.Sheets;
using static Litre.Synthesis.Drawings.TableColumn;
using static Litre.Synthesis.Drawings.TitleField;

namespace Litre.Synthesis.Drawings;

/// <summary>The styles of drawings.</summary>
internal static class DrawingStyles
{
    /// <summary>The invented works standard, never in <see cref="Mixed"/>: a model learns it only from data in this style.</summary>
    public const string CompanyName = "company";

    /// <summary>The styles in Latin letters; with <see cref="VariedStyle"/> the styles of <c>all</c>.</summary>
    public static readonly IReadOnlyList<DrawingStyle> Mixed =
    [
        new()
        {
            Name = "iso",
            Layout = new(SheetLayout.Arrangement.Across, Right: true, Above: false),
            Notation = new DrawingNotation("yyyy-MM-dd"),
            Columns = [(Item, "ITEM"), (PartNumber, "PART NO"), (Material, "MATERIAL"), (Quantity, "QTY")],
            TitleFields = [(Title, ""), (Number, "DWG NO"), (Scale, "SCALE"), (Date, "DATE")],
            HeadingBelow = true,
        },
        new()
        {
            Name = "din",
            Layout = new(SheetLayout.Arrangement.SideBySide, Right: true, Above: true),
            Notation = new DrawingNotation("dd.MM.yyyy"),
            Columns = [(Item, "POS"), (Quantity, "STK"), (PartNumber, "TEIL-NR"), (Material, "WERKSTOFF")],
            TitleFields = [(Date, "DATUM"), (Scale, "MASSSTAB"), (Title, ""), (Number, "ZEICHN-NR")],
            Rules = TableRules.Columns,
            TagMark = ": ",
            Arrow = ArrowKind.Open,
            OutlinePen = 2.2f,
            FinePen = 0.7f,
            FineInk = 0xFF606060,
        },
        new()
        {
            Name = "plain",
            Layout = new(SheetLayout.Arrangement.Band, Right: false, Above: false),
            Notation = new DrawingNotation("d MMM yyyy"),
            Columns = [(PartNumber, "CODE"), (Item, "NO"), (Material, "STOCK"), (Quantity, "PCS")],
            TitleFields = [(Number, "Drawing"), (Title, ""), (Scale, "Scale"), (Date, "")],
            Rules = TableRules.HeadingOnly,
            HasBorder = false,
            TagMark = " ",
            Arrow = ArrowKind.Tick,
            OutlinePen = 1.3f,
            FinePen = 0.7f,
            Paper = 0xFFEEEEEE,
            FineInk = 0xFF505050,
        },
    ];

    /// <summary>Headings and dates in Chinese.</summary>
    public static readonly DrawingStyle Chinese = new()
    {
        Name = "gb",
        Layout = new(SheetLayout.Arrangement.SideBySide, Right: true, Above: true),
        Notation = new DrawingNotation("yyyy年M月d日"),
        Columns = [(Item, "序号"), (PartNumber, "代号"), (Quantity, "数量"), (Material, "材料")],
        TitleFields = [(Title, "名称"), (Number, "图号"), (Scale, "比例"), (Date, "日期")],
        HeadingHeight = 22,
        TitleRowHeight = 22,
    };

    /// <summary>Nordhavn's own standard.</summary>
    public static readonly DrawingStyle Company = new()
    {
        Name = CompanyName,
        Layout = new(SheetLayout.Arrangement.Between, Right: false, Above: true),
        Notation = new NordhavnNotation(),
        Columns = [(Quantity, "AN"), (Item, "LB"), (Material, "KD"), (PartNumber, "TN")],
        TitleFields = [(Title, ""), (Scale, "FH"), (Date, "UT"), (Number, "NORDHAVN")],
        TagMark = ">",
        SquareBalloons = true,
        OutlinePen = 2f,
        FineInk = 0xFF333333,
        RulesOnly = true,
    };
}
