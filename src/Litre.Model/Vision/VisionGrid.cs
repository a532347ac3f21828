namespace Litre.Model.Vision;

/// <summary>Patches of one image or video: frames (pairs of frames), rows and columns, before the 2x2 merge.</summary>
public readonly record struct VisionGrid(int Frames, int Rows, int Columns)
{
    public int Patches => Frames * Rows * Columns;

    public int PatchesPerFrame => Rows * Columns;
}
