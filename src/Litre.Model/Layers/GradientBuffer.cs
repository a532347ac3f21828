using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// The gradients of all trainable parameters in one flat tensor, so that clearing, measuring and scaling them takes one operator each.
/// Gives every parameter its view for the lifetime of this object.
/// </summary>
public sealed class GradientBuffer : IDisposable
{
    private readonly IReadOnlyList<Parameter> _parameters;

    /// <param name="parameters">Parameters on one device; those that are not trainable are omitted.</param>
    /// <exception cref="ArgumentException">Nothing is trainable.</exception>
    public GradientBuffer(IEnumerable<Parameter> parameters)
    {
        _parameters = [.. parameters.Where(p => p.Trainable)];
        if (_parameters.Count == 0)
            throw new ArgumentException("there are no trainable parameters");
        var first = _parameters[0];
        var count = _parameters.Sum(p => p.Count);
        using var label = MemoryLedger.Label(MemoryUse.Gradients);
        Flat = TensorScope.Keep(Tensor.Zeros([count], first.ComputeType.Accumulate(), first.Device)); // (sum of sizes)
        var offset = 0L;
        foreach (var parameter in _parameters)
        {
            var sizes = parameter.Sizes;
            parameter.Gradient = TensorScope.Keep(Flat.AsStrided(sizes, Shape.ContiguousStrides(sizes), offset));
            offset += parameter.Count;
        }
    }

    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>All gradients, concatenated, in the order of <see cref="Parameters"/>.</summary>
    public Tensor Flat { get; }

    public void Zero()
    {
        Flat.Zero();
        foreach (var parameter in _parameters)
            parameter.HasAccumulated = false;
    }

    /// <summary>The sum of squares of all gradients, as a tensor with no dimensions.</summary>
    public Tensor SquaredNorm()
    {
        // BLAS counts elements in 32 bits.
        const long Block = 1L << 30;
        if (Flat.Count <= Block)
            return Ops.Dot(Flat, Flat);
        var sum = Tensor.Zeros([], Flat.DType, Flat.Device);
        for (var start = 0L; start < Flat.Count; start += Block)
        {
            using var part = Flat.Slice(0, start, Math.Min(Block, Flat.Count - start));
            using var square = Ops.Dot(part, part);
            Ops.Accumulate(sum, square);
        }
        return sum;
    }

    public void Dispose()
    {
        foreach (var parameter in _parameters)
        {
            parameter.Gradient?.Dispose();
            parameter.Gradient = null;
        }
        Flat.Dispose();
    }
}
