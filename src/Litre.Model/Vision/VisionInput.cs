using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Vision;

/// <summary>Images concatenated as the vision tower reads them, with what follows from their grids.</summary>
/// <remarks>P patches, U patches of images of different sizes.</remarks>
public sealed class VisionInput : IDisposable
{
    /// <param name="pixels">
    /// One or more parts of (P, C · 2 · 16 · 16), in order: floats in [-1, 1], or uint8, which are normalized on the device.
    /// </param>
    /// <param name="grids">The images' grids, in order.</param>
    /// <param name="config">Sizes of the vision tower.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">The model's device.</param>
    public VisionInput(IReadOnlyList<Tensor> pixels, IReadOnlyList<VisionGrid> grids, VisionConfig config, DType dtype, Device device)
    {
        var patches = grids.Sum(g => g.Patches);
        if (pixels.Any(p => p.Rank != 2 || p.Size(1) != config.PatchValues) || pixels.Sum(p => p.Size(0)) != patches)
            throw new ArgumentException(
                $"pixels {string.Join(", ", pixels)} do not match {patches} patches of {config.PatchValues} values"
            );
        using var scope = new TensorScope();
        using var part = OperatorProfile.Label(ModelPart.Vision);
        Pixels = TensorScope.Keep(Normalized(Concatenate(pixels, patches, device), config, dtype));
        Layout = new SequenceLayout([.. grids.SelectMany(g => Enumerable.Repeat(g.PatchesPerFrame, g.Frames))], device);
        // Most images of a data set have one of few sizes: their positions are uploaded once per size, and gathered on the device.
        var sizes = new Dictionary<VisionGrid, int>();
        List<float> angles = [],
            weights = [];
        List<long> neighbours = [];
        var rows = new long[patches]; // of the table of all sizes
        var start = 0;
        foreach (var grid in grids)
        {
            if (!sizes.TryGetValue(grid, out var first))
            {
                sizes[grid] = first = neighbours.Count / 4;
                angles.AddRange(VisionPositions.Angles(grid, config));
                var (near, far) = VisionPositions.Neighbors(grid, config);
                neighbours.AddRange(near);
                weights.AddRange(far);
            }
            for (var i = 0; i < grid.Patches; i++)
                rows[start + i] = first + i;
            start += grid.Patches;
        }
        var table = neighbours.Count / 4; // U
        var index = Tensor.From(rows, device); // (P)
        Rotary = new Rotary([.. angles], table, dtype.Accumulate(), device, index);
        var corners = Ops.Rows(Tensor.From<long>([.. neighbours], [table, 4], device), index); // (P, 4)
        NeighborRows = TensorScope.Keep(corners.Transposed().Clone());
        var shares = Ops.Rows(Tensor.From<float>([.. weights], [table, 4], device), index); // (P, 4)
        NeighborWeights = TensorScope.Keep(
            Tensor.Empty([4, patches, 1], dtype, device).CopyFrom(shares.Transposed().AsStrided([4, patches, 1], [1, 4, 1]))
        );
    }

    /// <summary>(P, 1536) in the model's type.</summary>
    public Tensor Pixels { get; }

    /// <summary>Attention's boundaries: one sequence per frame.</summary>
    public SequenceLayout Layout { get; }

    public Rotary Rotary { get; }

    /// <summary>(4, P) int64: rows of the learned position grid around each patch.</summary>
    public Tensor NeighborRows { get; }

    /// <summary>(4, P, 1): their bilinear weights.</summary>
    public Tensor NeighborWeights { get; }

    public void Dispose()
    {
        Pixels.Dispose();
        Layout.Dispose();
        Rotary.Dispose();
        NeighborRows.Dispose();
        NeighborWeights.Dispose();
    }

    // Directly into their places on a CUDA device: if they were joined on the host first, a batch's images would be copied twice.
    private static Tensor Concatenate(IReadOnlyList<Tensor> parts, long patches, Device device)
    {
        if (parts.Count == 1)
            return parts[0].To(device);
        if (!device.UsesCuda)
            return Ops.Concat([.. parts], 0).To(device);
        using var scope = new TensorScope();
        var all = Tensor.Empty([patches, parts[0].Size(1)], parts[0].DType, device);
        var start = 0L;
        foreach (var part in parts)
        {
            all.Slice(0, start, part.Size(0)).CopyFrom(part, nonBlocking: true);
            start += part.Size(0);
        }
        return scope.Return(all);
    }

    // The processor's own arithmetic: rescale by 1/255, then (x - mean) / deviation of the value's channel.
    private static Tensor Normalized(Tensor pixels, VisionConfig config, DType dtype)
    {
        if (pixels.DType != DType.UInt8)
            return pixels.To(dtype);
        using var scope = new TensorScope();
        var unit = Ops.Mul(pixels.To(dtype.Accumulate()), 1.0 / 255);
        var (mean, deviation) = (config.PixelMean, config.PixelDeviation);
        var normalized =
            mean.Distinct().Count() == 1 && deviation.Distinct().Count() == 1
                ? Ops.Mul(Ops.Add(unit, -mean[0]), 1 / deviation[0])
                : Ops.Mul(Ops.Add(unit, OfValues(mean.Select(m => -m))), OfValues(deviation.Select(d => 1 / d)));
        return scope.Return(normalized.To(dtype));

        // (1, values of a patch), which run through one channel after the other.
        Tensor OfValues(IEnumerable<double> channels)
        {
            var each = config.PatchValues / config.InChannels;
            var values = channels.SelectMany(c => Enumerable.Repeat((float)c, each)).ToArray();
            return Tensor.From<float>(values, [1, values.Length], unit.Device).To(unit.DType);
        }
    }
}
