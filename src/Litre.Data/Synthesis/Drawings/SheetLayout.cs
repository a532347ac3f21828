namespace Litre.Data.Synthesis.Drawings;

/// <summary>Where a style puts its parts table and title block; views take what is left.</summary>
internal enum SheetLayout
{
    /// <summary>Table at the lower right, title block at the lower left.</summary>
    TableBelowRight,

    /// <summary>Table at the upper right, title block at the lower right.</summary>
    TableAboveRight,

    /// <summary>Table at the lower left, the title in a band on top.</summary>
    TableBelowLeft,

    /// <summary>Table at the upper left, title block at the lower left.</summary>
    TableAboveLeft,
}
