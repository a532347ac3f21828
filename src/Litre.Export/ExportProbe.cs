using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Export;

/// <summary>
/// A fixed sample of random text, and a random image if the model reads images, that passes through every module of a model. If two
/// models are compared, the second uses the first one's choice of experts: a near tie that is decided differently is not an error.
/// </summary>
public sealed class ExportProbe : IDisposable
{
    private const int TextTokens = 48;
    private const int PatchesASide = 8;

    private readonly ModelSample _sample;
    private readonly List<Tensor> _choices = [];

    public ExportProbe(ModelConfig config)
        : this(config, Device.Cpu) { }

    /// <param name="config">The configuration of the models.</param>
    /// <param name="host">The host device on which images are stored.</param>
    public ExportProbe(ModelConfig config, Device host)
    {
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        var random = new Random(20260101);
        var text = Enumerable.Range(0, TextTokens).Select(_ => random.Next(Math.Max(config.PlainTokens, 1))).ToArray();
        _sample = config is { Vision: { } vision, Visual: { } tokens }
            ? WithImage(text, vision, tokens, random, host)
            : new ModelSample(text, null, [], null);
    }

    /// <summary>Computes the logits of every token and records which experts were chosen.</summary>
    public double[] RecordRouting(CausalModel model)
    {
        ClearRouting();
        foreach (var router in Routers(model))
            router.Observer = chosen => _choices.Add(TensorScope.Keep(chosen.Clone()));
        var logits = Logits(model);
        foreach (var router in Routers(model))
            router.Observer = null;
        return logits;
    }

    /// <summary>Computes the logits of every token with the experts that <see cref="RecordRouting"/> recorded.</summary>
    public double[] ReplayRouting(CausalModel model)
    {
        foreach (var (router, choice) in Routers(model).Zip(_choices))
            router.Pinned = choice;
        var logits = Logits(model);
        foreach (var router in Routers(model))
            router.Pinned = null;
        return logits;
    }

    /// <summary>Allocates the memory of the probe's logits on a meta device.</summary>
    public static void DryRun(CausalModel model)
    {
        using var probe = new ExportProbe(model.Config, model.Device.Host);
        probe.RecordRouting(model);
    }

    /// <summary>The norm of the difference divided by the norm of the expected values; infinite if a value is NaN.</summary>
    public static double Distance(double[] found, double[] expected)
    {
        var (difference, norm) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            var d = found[i] - expected[i];
            difference += d * d;
            norm += expected[i] * expected[i];
        }
        return double.IsNaN(difference) ? double.PositiveInfinity : Math.Sqrt(difference) / Math.Max(Math.Sqrt(norm), 1e-30);
    }

    public void Dispose()
    {
        ClearRouting();
        _sample.Pixels?.Dispose();
    }

    private double[] Logits(CausalModel model)
    {
        using var scope = new TensorScope();
        using var batch = PackedBatch.Pack([_sample], model.Config, model.DType, model.Device);
        var logits = model.Logits(batch);
        if (!logits.Device.IsMeta)
            return logits.ToDoubles();
        using (Tensor.Empty(logits.Sizes, DType.Float64, logits.Device.Host))
            Tensor.Empty(logits.Sizes, logits.DType, logits.Device.Host).Dispose();
        return [];
    }

    private void ClearRouting()
    {
        foreach (var choice in _choices)
            choice.Dispose();
        _choices.Clear();
    }

    private static IEnumerable<Router> Routers(CausalModel model) =>
        model.Text.Layers.Select(l => l.FeedForward).OfType<ExpertFeedForward>().Select(f => f.Router);

    private static ModelSample WithImage(int[] text, VisionConfig vision, VisualTokenIds tokens, Random random, Device host)
    {
        var grid = new VisionGrid(1, PatchesASide, PatchesASide);
        var image = Enumerable.Repeat(tokens.Image, grid.PatchesPerFrame / vision.MergedPatches);
        var pixels = new byte[(long)grid.Patches * vision.PatchValues];
        random.NextBytes(pixels);
        return new ModelSample(
            [tokens.Start, .. image, tokens.End, .. text],
            null,
            [grid],
            TensorScope.Keep(Tensor.From<byte>(pixels, [grid.Patches, vision.PatchValues], host))
        );
    }
}
