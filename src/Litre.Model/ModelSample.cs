using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Model;

/// <summary>One sequence as the model reads it, on the host.</summary>
/// <param name="Ids">Token ids with one placeholder a merged patch group.</param>
/// <param name="Labels">The answer token at each place, or -100 where no loss is taken; null for prompts.</param>
/// <param name="Grids">The pictures' grids in the order of their tokens.</param>
/// <param name="Pixels">(P, 1536) on the CPU: floats in [-1, 1] or uint8; null where there are no pictures.</param>
public sealed record ModelSample(int[] Ids, int[]? Labels, IReadOnlyList<VisionGrid> Grids, Tensor? Pixels)
{
    /// <summary>What tells each picture from all others, for those who remember its features; null where nobody does.</summary>
    public IReadOnlyList<string>? PictureKeys { get; init; }

    /// <summary>The same for samples about the same pictures; empty where there are none, or nothing tells them apart.</summary>
    public string PicturesKey => string.Join('\n', PictureKeys ?? []);

    /// <summary>What the tower made of the pictures, one after the other, in place of their pixels. Borrowed.</summary>
    public VisionOutput? Features { get; init; }

    /// <summary>What the tower made of each picture earlier, read from a disk; null for those that are known otherwise. Freed with <see cref="FreePictures"/>.</summary>
    public IReadOnlyList<VisionOutput?>? PictureFeatures { get; init; }

    /// <summary>Frees the pixels and features that were loaded for this sample.</summary>
    public void FreePictures()
    {
        Pixels?.Dispose();
        foreach (var features in PictureFeatures ?? []) features?.Dispose();
    }

    /// <summary>The label of a token that carries no loss.</summary>
    public const int NoLoss = -100;

    /// <summary>Tokens that a loss is taken for: the first token of a sequence is predicted by nothing.</summary>
    public int AnswerTokens => Labels is null ? 0 : Labels.Skip(1).Count(l => l != NoLoss);
}
