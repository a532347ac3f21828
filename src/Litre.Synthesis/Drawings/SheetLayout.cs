namespace Litre.Synthesis.Drawings;

/// <summary>The positions of a style's parts table and title block; views use the remaining space.</summary>
/// <param name="Kind">The relative position of table and title.</param>
/// <param name="Right">The table is on the right.</param>
/// <param name="Above">The table is at the top.</param>
internal readonly record struct SheetLayout(SheetLayout.Arrangement Kind, bool Right, bool Above)
{
    internal enum Arrangement
    {
        /// <summary>Title block in the other corner of the table's end; the two views side by side.</summary>
        Across,

        /// <summary>Title block in the other corner of the table's side; one view above the other next to them.</summary>
        SideBySide,

        /// <summary>The same, with the first view between table and title block and the second next to them.</summary>
        Between,

        /// <summary>The title in a band at the other end; the first view at the table's side, the second next to it.</summary>
        Band,
    }
}
