using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>The style of one office's drawings; immutable.</summary>
internal sealed record DrawingStyle
{
    public required string Name { get; init; }

    public required SheetLayout Layout { get; init; }

    public required DrawingNotation Notation { get; init; }

    /// <summary>Columns from left to right with their headings.</summary>
    public required IReadOnlyList<(TableColumn Column, string Heading)> Columns { get; init; }

    /// <summary>Fields from top to bottom with their words; without a word only the value is written.</summary>
    public required IReadOnlyList<(TitleField Field, string Word)> TitleFields { get; init; }

    public TableRules Rules { get; init; } = TableRules.Grid;

    /// <summary>The table grows upward from its heading, as lists above a title block do.</summary>
    public bool HeadingBelow { get; init; }

    /// <summary>Height of the row of headings; Chinese ones need more than Latin ones.</summary>
    public float HeadingHeight { get; init; } = 17;

    /// <summary>Height of each row of the title block.</summary>
    public float TitleRowHeight { get; init; } = 17;

    public bool HasBorder { get; init; } = true;

    /// <summary>The sign between a dimension's letter and its value.</summary>
    public string TagMark { get; init; } = "=";

    public ArrowKind Arrow { get; init; }

    public bool SquareBalloons { get; init; }

    /// <summary>Pen of visible edges, in pixels.</summary>
    public float OutlinePen { get; init; } = 1.7f;

    /// <summary>Pen of dimension lines, hatching and rules.</summary>
    public float FinePen { get; init; } = 0.8f;

    public uint Paper { get; init; } = 0xFFFFFFFF;

    public uint FineInk { get; init; } = 0xFF404040;

    /// <summary>Whether only questions are asked whose answer needs this style's rules.</summary>
    public bool RulesOnly { get; init; }
}

/// <summary>The ends of dimension lines.</summary>
internal enum ArrowKind
{
    Filled,
    Open,
    Tick,
}

/// <summary>Columns of a parts table.</summary>
internal enum TableColumn
{
    Item,
    PartNumber,
    Material,
    Quantity,
}
