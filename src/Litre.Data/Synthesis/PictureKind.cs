namespace Litre.Data.Synthesis;

/// <summary>What the pictures of a made data set show.</summary>
public enum PictureKind
{
    /// <summary>Engineering drawings with dimensions, balloons, a parts table and a title block.</summary>
    Drawings,

    /// <summary>Business charts: bars, lines, pies and tables.</summary>
    Charts,
}
