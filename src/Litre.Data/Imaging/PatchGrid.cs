namespace Litre.Data.Imaging;

/// <summary>The patches of one image or video: frames (pairs of frames for video), rows and columns.</summary>
/// <param name="Frames">1 for an image; for video the number of temporal patches.</param>
/// <param name="Height">Patch rows, a multiple of the merge size.</param>
/// <param name="Width">Patch columns, a multiple of the merge size.</param>
public readonly record struct PatchGrid(int Frames, int Height, int Width)
{
    /// <summary>Rows of the patch matrix.</summary>
    public int Patches => Frames * Height * Width;

    /// <summary>Pad tokens of one frame: a token represents a group of merge x merge patches.</summary>
    public int TokensPerFrame(int mergeSize) => Height / mergeSize * (Width / mergeSize);

    /// <summary>Pad tokens of all frames.</summary>
    public int Tokens(int mergeSize) => Frames * TokensPerFrame(mergeSize);

    public override string ToString() => $"{Frames}x{Height}x{Width}";
}
