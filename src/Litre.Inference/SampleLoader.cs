using Litre.Core;
using Litre.Data.Packing;
using Litre.Inference.Features;
using Litre.Model;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>Turns tokenized samples into the model's input: their images are decoded here, when they are needed.</summary>
public static class SampleLoader
{
    /// <summary>A sample without its pixels.</summary>
    public static ModelSample Outline(TokenizedSample sample) =>
        new(sample.InputIds, sample.Labels, Grids(sample), null) { ImageKeys = [.. sample.Visuals.Select(v => v.Key)] };

    /// <summary>
    /// A sample with its pixels as uint8 on the host, or the vision features computed from them earlier. The caller frees them
    /// (<see cref="ModelSample.ReleaseImages"/>).
    /// </summary>
    /// <param name="sample">Tokens, and where the images are.</param>
    /// <param name="encoder">The checkpoint's.</param>
    /// <param name="features">
    /// The cache that packs the samples: it determines in which memory pixels are needed, and for which images none are.
    /// </param>
    /// <param name="reader">Reads what is on the disk, once for all samples that are loaded with it; null if nothing is.</param>
    /// <exception cref="InputException">An image can no longer be read.</exception>
    public static ModelSample Load(
        TokenizedSample sample,
        SampleEncoder encoder,
        FeatureCache? features = null,
        FeatureReader? reader = null
    )
    {
        var grids = Grids(sample);
        if (grids.Length == 0)
            return new ModelSample(sample.InputIds, sample.Labels, grids, null);
        var keys = sample.Visuals.Select(v => v.Key).ToArray();
        if (features is not null && features.Contains(keys))
            return new ModelSample(sample.InputIds, sample.Labels, grids, null) { ImageKeys = keys };
        if (reader?.Read(sample.Visuals, keys) is { } read)
            return new ModelSample(sample.InputIds, sample.Labels, grids, null) { ImageKeys = keys, ImageFeatures = read };
        var columns = encoder.Processor!.Options.PatchValues;
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        // Pixels outlive any scope that happens to be open here: they are owned by the sample.
        var pixels = TensorScope.Keep(
            features is { UsesPinnedMemory: true }
                ? Tensor.Pinned([sample.Patches, columns], DType.UInt8)
                : Tensor.Empty([sample.Patches, columns], DType.UInt8, Device.Cpu)
        );
        try
        {
            var target = pixels.Data<byte>();
            encoder.LoadPixels(sample.Visuals, target);
            if (keys is not null)
                reader?.VerifyUnchanged(sample.Visuals, keys);
        }
        catch
        {
            pixels.Dispose();
            throw;
        }
        return new ModelSample(sample.InputIds, sample.Labels, grids, pixels) { ImageKeys = keys };
    }

    private static VisionGrid[] Grids(TokenizedSample sample) =>
        [.. sample.Visuals.Select(v => new VisionGrid(v.Grid.Frames, v.Grid.Height, v.Grid.Width))];
}
