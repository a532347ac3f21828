using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Vision;

/// <summary>Pictures laid end to end as the tower reads them, with what follows from their grids.</summary>
/// <remarks>P patches.</remarks>
public sealed class VisionInput : IDisposable
{
    /// <param name="pixels">(P, C · 2 · 16 · 16): floats in [-1, 1], or uint8, which are normalised on the device.</param>
    /// <param name="grids">The pictures' grids, in order.</param>
    /// <param name="config">Sizes of the tower.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">The model's device.</param>
    public VisionInput(Tensor pixels, IReadOnlyList<VisionGrid> grids, VisionConfig config, DType dtype, Device device)
    {
        var patches = grids.Sum(g => g.Patches);
        if (pixels.Rank != 2 || pixels.Size(0) != patches || pixels.Size(1) != config.PatchValues)
            throw new ArgumentException($"pixels {pixels} do not match {patches} patches of {config.PatchValues} values");
        using var scope = new TensorScope();
        Pixels = TensorScope.Keep(Normalised(pixels.To(device), dtype));
        Layout = new SequenceLayout([.. grids.SelectMany(g => Enumerable.Repeat(g.PatchesPerFrame, g.Frames))], device);
        var width = config.HeadDim / 2;
        var angles = new float[patches * width];
        var rows = new long[4 * patches];
        var weights = new float[4 * patches];
        var start = 0;
        // Most pictures of a data set have one of few sizes.
        var known = new Dictionary<VisionGrid, (float[] Angles, long[] Rows, float[] Weights)>();
        foreach (var grid in grids)
        {
            if (!known.TryGetValue(grid, out var positions))
            {
                var (near, far) = VisionPositions.Neighbours(grid, config);
                known[grid] = positions = (VisionPositions.Angles(grid, config), near, far);
            }
            var (a, r, w) = positions;
            Array.Copy(a, 0, angles, start * width, a.Length);
            for (var corner = 0; corner < 4; corner++)
            {
                Array.Copy(r, corner * grid.Patches, rows, corner * patches + start, grid.Patches);
                Array.Copy(w, corner * grid.Patches, weights, corner * patches + start, grid.Patches);
            }
            start += grid.Patches;
        }
        Rotary = new Rotary(angles, patches, dtype.Accumulate(), device);
        NeighbourRows = TensorScope.Keep(Tensor.From<long>(rows, [4, patches], device));
        NeighbourWeights = TensorScope.Keep(Tensor.From<float>(weights, [4, patches, 1], device).To(dtype));
    }

    /// <summary>(P, 1536) in the model's type.</summary>
    public Tensor Pixels { get; }

    /// <summary>Attention's boundaries: one sequence a frame.</summary>
    public SequenceLayout Layout { get; }

    public Rotary Rotary { get; }

    /// <summary>(4, P) int64: rows of the learned position grid around each patch.</summary>
    public Tensor NeighbourRows { get; }

    /// <summary>(4, P, 1): their bilinear weights.</summary>
    public Tensor NeighbourWeights { get; }

    public void Dispose()
    {
        Pixels.Dispose();
        Layout.Dispose();
        Rotary.Dispose();
        NeighbourRows.Dispose();
        NeighbourWeights.Dispose();
    }

    // The processor's own arithmetic: rescale by 1/255, then (x - 0.5) / 0.5.
    private static Tensor Normalised(Tensor pixels, DType dtype)
    {
        if (pixels.DType != DType.UInt8) return pixels.To(dtype);
        using var scope = new TensorScope();
        var wide = pixels.To(dtype.Accumulate());
        return scope.Return(Ops.Mul(Ops.Add(Ops.Mul(wide, 1.0 / 255), -0.5), 2).To(dtype));
    }
}
