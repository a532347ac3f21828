using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Model;

/// <summary>One sequence as the model reads it, on the host.</summary>
/// <param name="Ids">Token ids with one placeholder per merged patch group.</param>
/// <param name="Labels">The answer token at each place, or -100 if it does not contribute to the loss; null for prompts.</param>
/// <param name="Grids">The images' grids in the order of their tokens.</param>
/// <param name="Pixels">(P, 1536) on the CPU: floats in [-1, 1] or uint8; null if there are no images.</param>
public sealed record ModelSample(int[] Ids, int[]? Labels, IReadOnlyList<VisionGrid> Grids, Tensor? Pixels)
{
    /// <summary>The factor of each label's loss, as many as labels; null if all are one.</summary>
    public float[]? Weights { get; init; }

    /// <summary>The key of each image, by which its features are cached; null if they are not.</summary>
    public IReadOnlyList<string>? ImageKeys { get; init; }

    /// <summary>Equal for samples about the same images; empty if there are none, or they have no keys.</summary>
    public string ImageSetKey => string.Join('\n', ImageKeys ?? []);

    /// <summary>The images' vision features, one after the other, in place of their pixels. Borrowed.</summary>
    public VisionOutput? Features { get; init; }

    /// <summary>
    /// Each image's vision features, computed earlier and read from a disk; null for those that are cached in memory. Freed with
    /// <see cref="ReleaseImages"/>.
    /// </summary>
    public IReadOnlyList<VisionOutput?>? ImageFeatures { get; init; }

    /// <summary>
    /// Position of the first token: 0, unless the sample continues after tokens in a cache (<see cref="WithoutPrefix"/>).
    /// </summary>
    public int FirstPosition { get; init; }

    /// <summary>Whether its tokens were generated: an image's placeholder among them is a word like any other.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>
    /// The slot of the adapter that it is computed with, or <see cref="Layers.AdapterSelection.NoAdapter"/> for the base model; null
    /// lets the caller of the pass decide. Either all samples of a batch select one, or none.
    /// </summary>
    public int? Adapter { get; init; }

    /// <summary>Frees the pixels and features that were loaded for this sample.</summary>
    public void ReleaseImages()
    {
        Pixels?.Dispose();
        foreach (var features in ImageFeatures ?? [])
            features?.Dispose();
    }

    /// <summary>The label of a token without a loss.</summary>
    public const int NoLoss = -100;

    /// <summary>Refuses images if the model cannot read them.</summary>
    /// <exception cref="InputException">The sample has images and the model no vision encoder.</exception>
    public void CheckImages(ModelConfig config)
    {
        if (Grids.Count > 0)
            RequireVision(config);
    }

    /// <summary>The configuration of the vision encoder.</summary>
    /// <exception cref="InputException">The model has no vision encoder.</exception>
    public static VisionConfig RequireVision(ModelConfig config) =>
        config.Vision
        ?? throw new InputException(
            "model",
            config.ModelType,
            "is a text-only model, but images are given",
            "choose a model with a vision encoder, or omit the images"
        );

    /// <summary>The first token of each image, and what follows its last one.</summary>
    /// <exception cref="ArgumentException">The grids do not account for the visual tokens.</exception>
    public IReadOnlyList<(int Start, int End)> ImageSpans(ModelConfig config)
    {
        var spans = new List<(int, int)>();
        var t = 0;
        foreach (var grid in Grids)
        {
            var (start, left) = (-1, grid.Patches / RequireVision(config).MergedPatches);
            for (; left > 0; t++)
            {
                if (t == Ids.Length)
                    throw new ArgumentException($"the text has {left} tokens too few for image {spans.Count + 1} of {Grids.Count}");
                if (!config.IsVisual(Ids[t]))
                    continue;
                if (start < 0)
                    start = t;
                left--;
            }
            spans.Add((start, t));
        }
        return spans;
    }

    /// <summary>The sample without its first tokens, which are in a cache. Its pixels are a view of this sample's.</summary>
    /// <param name="tokens">How many; no image may be split.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <exception cref="ArgumentException">An image would be split, or the features of several images are already merged.</exception>
    public ModelSample WithoutPrefix(int tokens, ModelConfig config)
    {
        if (tokens == 0)
            return this;
        var known = ImagesBefore(tokens, config);
        var (_, next) = config.Positions.Compute(Ids.AsSpan(0, tokens), [.. Grids.Take(known)], FirstPosition);
        VisionGrid[] grids = [.. Grids.Skip(known)];
        var patches = grids.Sum(g => g.Patches);
        return this with
        {
            Ids = Ids[tokens..],
            Labels = Labels?[tokens..],
            Weights = Weights?[tokens..],
            Grids = grids,
            Pixels = patches == 0 ? null : Pixels?.Slice(0, Pixels.Size(0) - patches, patches),
            ImageKeys = ImageKeys is null ? null : [.. ImageKeys.Skip(known)],
            ImageFeatures = ImageFeatures is null ? null : [.. ImageFeatures.Skip(known)],
            FirstPosition = next,
        };
    }

    /// <summary>The first tokens of the sample. Its pixels are a view of this sample's.</summary>
    /// <param name="tokens">How many; no image may be split.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <exception cref="ArgumentException">An image would be split, or the features of several images are already merged.</exception>
    public ModelSample Prefix(int tokens, ModelConfig config)
    {
        if (tokens >= Ids.Length)
            return this;
        var kept = ImagesBefore(tokens, config);
        VisionGrid[] grids = [.. Grids.Take(kept)];
        var patches = grids.Sum(g => g.Patches);
        return this with
        {
            Ids = Ids[..tokens],
            Labels = Labels?[..tokens],
            Weights = Weights?[..tokens],
            Grids = grids,
            Pixels = patches == 0 ? null : Pixels?.Slice(0, 0, patches),
            ImageKeys = ImageKeys is null ? null : [.. ImageKeys.Take(kept)],
            ImageFeatures = ImageFeatures is null ? null : [.. ImageFeatures.Take(kept)],
        };
    }

    // How many images are before a token at which the sample is divided.
    private int ImagesBefore(int token, ModelConfig config)
    {
        var spans = ImageSpans(config);
        if (spans.Any(s => s.Start < token && token < s.End))
            throw new ArgumentException($"token {token} is in the middle of an image");
        if (Features is not null)
            throw new ArgumentException("the image features are merged already; truncate the sample before that");
        return spans.Count(s => s.End <= token);
    }

    /// <summary>Tokens that contribute to the loss: the first token of a sequence is not predicted.</summary>
    public int AnswerTokens => Labels is null ? 0 : Labels.Skip(1).Count(l => l != NoLoss);
}
