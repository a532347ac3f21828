using Litre.Synthesis.Sheets;
using static Litre.Synthesis.Drawings.TableColumn;
using static Litre.Synthesis.Drawings.TitleField;

namespace Litre.Synthesis.Drawings;

/// <summary>
/// A different office on every sheet: positions, order, words and pens are random, so that a model learns to search for
/// things instead of knowing where they are. The company's own layout and words never occur.
/// </summary>
internal static class VariedStyle
{
    public const string Name = "varied";

    private static readonly SheetLayout[] Layouts =
    [
        .. from kind in Enum.GetValues<SheetLayout.Arrangement>()
        from right in (bool[])[false, true]
        from above in (bool[])[false, true]
        let layout = new SheetLayout(kind, right, above)
        where !Resembles(layout, DrawingStyles.Company.Layout)
        select layout,
    ];

    private static readonly Dictionary<TableColumn, string[]> Headings = new()
    {
        [Item] = ["ITEM", "POS", "NO", "REF", "Item", "Pos"],
        [PartNumber] = ["PART NO", "TEIL-NR", "CODE", "ARTICLE", "Part", "ID"],
        [Material] = ["MATERIAL", "WERKSTOFF", "STOCK", "MADE OF", "Material"],
        [Quantity] = ["QTY", "STK", "PCS", "COUNT", "Qty", "No off"],
    };

    private static readonly Dictionary<TitleField, string[]> Words = new()
    {
        [Title] = ["", "", "TITLE", "NAME", "Title"],
        [Number] = ["DWG NO", "ZEICHN-NR", "Drawing", "SHEET ID", "Number"],
        [Scale] = ["SCALE", "MASSSTAB", "Scale", "RATIO"],
        [Date] = ["DATE", "DATUM", "", "ISSUED", "Date"],
    };

    public static DrawingStyle Generate(SeededRandom random) =>
        new()
        {
            Name = Name,
            Layout = random.Pick(Layouts),
            Notation = new DrawingNotation(random.Pick(["yyyy-MM-dd", "dd.MM.yyyy", "d MMM yyyy"])),
            Columns = [.. random.Several(Headings, int.MaxValue).Select(h => (h.Key, random.Pick(h.Value)))],
            TitleFields = [.. random.Several(Words, int.MaxValue).Select(w => (w.Key, random.Pick(w.Value)))],
            Rules = random.Pick(Enum.GetValues<TableRules>()),
            HeadingBelow = random.Chance(30),
            HasBorder = random.Chance(60),
            TagMark = random.Pick(["=", ": ", " "]),
            Arrow = random.Pick(Enum.GetValues<ArrowKind>()),
            OutlinePen = random.Between(13, 22) / 10f,
            FinePen = random.Between(7, 10) / 10f,
            Paper = random.Pick([0xFFFFFFFF, 0xFFFFFFFF, 0xFFEEEEEE, 0xFFFFF8E8, 0xFFEAF2FF]),
            FineInk = random.Pick([0xFF404040, 0xFF606060, 0xFF505050, 0xFF224466]),
        };

    // Table and title block are in the same corners, regardless of where the views are.
    private static bool Resembles(SheetLayout layout, SheetLayout other) =>
        layout.Kind is SheetLayout.Arrangement.SideBySide or SheetLayout.Arrangement.Between
        && (layout.Right, layout.Above) == (other.Right, other.Above);
}
