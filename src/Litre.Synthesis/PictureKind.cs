namespace Litre.Synthesis;

/// <summary>What the pictures of a made data set show.</summary>
public enum PictureKind
{
    /// <summary>Engineering drawings with dimensions, balloons, a parts table and a title block.</summary>
    Drawings,

    /// <summary>Business charts: bars, lines, pies and tables.</summary>
    Charts,

    /// <summary>Lines of lettering and nothing else: what a model learns to read on before it meets drawings.</summary>
    Lettering,
}
