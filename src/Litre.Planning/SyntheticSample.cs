using Litre.Core;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Vision;

namespace Litre.Planning;

/// <summary>Samples of given sizes with random words, for benchmarks and for described data.</summary>
public static class SyntheticSample
{
    private const int PlainTokens = 10_000;

    /// <summary>A sample without pixels: its images first, then text of which the end is the answer.</summary>
    /// <param name="config">The configuration with the special tokens.</param>
    /// <param name="grids">The images.</param>
    /// <param name="textTokens">Text, the images' start and end tokens included.</param>
    /// <param name="answerTokens">How many of the text tokens are the answer.</param>
    /// <param name="random">Source of the words.</param>
    /// <exception cref="InputException">There are images, and the model has no vision encoder.</exception>
    public static ModelSample Make(ModelConfig config, IReadOnlyList<VisionGrid> grids, int textTokens, int answerTokens, Random random)
    {
        var ids = new List<int>();
        foreach (var grid in grids)
        {
            ids.Add(config.Visual!.Start);
            ids.AddRange(Enumerable.Repeat(config.Visual!.Image, grid.Patches / ModelSample.RequireVision(config).MergedPatches));
            ids.Add(config.Visual!.End);
        }
        var plain = Math.Max(1, Math.Min(PlainTokens, config.PlainTokens));
        for (var t = 2 * grids.Count; t < textTokens; t++)
            ids.Add(random.Next(plain));
        var labels = ids.Select((id, t) => t < ids.Count - answerTokens ? ModelSample.NoLoss : id).ToArray();
        return new ModelSample([.. ids], labels, grids, null);
    }

    /// <summary>An image with the given number of tokens, as close to a square as their factors allow.</summary>
    /// <exception cref="InputException">The model has no vision encoder.</exception>
    public static VisionGrid Grid(ModelConfig config, int visualTokens)
    {
        var rows = Enumerable.Range(1, (int)Math.Sqrt(visualTokens)).Last(r => visualTokens % r == 0);
        var merge = ModelSample.RequireVision(config).SpatialMergeSize;
        return new VisionGrid(1, rows * merge, visualTokens / rows * merge);
    }
}
