using Litre.Data.Packing;
using Litre.Model;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>Turns tokenized samples into what the model reads: their pictures are decoded here, when their turn comes.</summary>
public static class SampleLoader
{
    /// <summary>A sample with its pixels as uint8 on the host. The caller disposes the pixels.</summary>
    /// <exception cref="InputException">A picture cannot be read any more.</exception>
    public static ModelSample Load(TokenizedSample sample, SampleEncoder encoder)
    {
        var grids = sample.Visuals.Select(v => new VisionGrid(v.Grid.Frames, v.Grid.Height, v.Grid.Width)).ToArray();
        if (grids.Length == 0) return new ModelSample(sample.InputIds, sample.Labels, grids, null);
        var parts = sample.Visuals.Select(encoder.LoadPixels).ToArray();
        var columns = parts[0].Values.Length / parts[0].Grid.Patches;
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        // Pixels outlive any scope that happens to be open here: they are owned by the sample.
        var pixels = TensorScope.Keep(Tensor.Empty([parts.Sum(p => (long)p.Grid.Patches), columns], DType.UInt8, Device.Cpu));
        var target = pixels.Data<byte>();
        foreach (var part in parts)
        {
            part.Values.CopyTo(target);
            target = target[part.Values.Length..];
        }
        return new ModelSample(sample.InputIds, sample.Labels, grids, pixels);
    }
}
