namespace Litre.Synthesis.Drawings;

/// <summary>Where a style puts its parts table and title block; views take what is left.</summary>
/// <param name="Kind">How table and title lie to each other.</param>
/// <param name="Right">The table is on the right.</param>
/// <param name="Above">The table is at the top.</param>
internal readonly record struct SheetLayout(SheetLayout.Arrangement Kind, bool Right, bool Above)
{
    internal enum Arrangement
    {
        /// <summary>Title block in the other corner of the table's end; one view beside the other.</summary>
        Across,

        /// <summary>Title block in the other corner of the table's side; one view above the other beside them.</summary>
        SideBySide,

        /// <summary>The same, with the first view between table and title block and the second beside them.</summary>
        Between,

        /// <summary>The title in a band at the other end; the first view at the table's side, the second beside it.</summary>
        Band,
    }
}
