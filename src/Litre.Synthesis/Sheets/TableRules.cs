namespace Litre.Synthesis.Sheets;

/// <summary>The lines of a parts table.</summary>
internal enum TableRules
{
    /// <summary>Every cell is framed.</summary>
    Grid,

    /// <summary>Columns and heading are ruled, rows are not.</summary>
    Columns,

    /// <summary>A line under the heading and one at the end.</summary>
    HeadingOnly,
}
