using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>The matrix of a fused <see cref="Linear"/>: its storage, and its products in the compute type.</summary>
/// <param name="parts">(rows, in) each, one below the other. Owned.</param>
/// <remarks>T tokens, in and out widths.</remarks>
public abstract class WeightMatrix(IReadOnlyList<Parameter> parts) : IDisposable
{
    /// <summary>The modules' weights, (rows, in) each.</summary>
    public IReadOnlyList<Parameter> Parts { get; } = parts;

    /// <summary>out</summary>
    public long Rows => Parts.Sum(p => p.Sizes[0]);

    /// <summary>in</summary>
    public long Inputs => Parts[0].Sizes[1];

    /// <summary>The type of activations and adapters.</summary>
    public DType ComputeType => Parts[0].ComputeType;

    public Device Device => Parts[0].Device;

    /// <summary><c>x Wᵀ + b</c>: (T, in) gives (T, out).</summary>
    /// <param name="x">(T, in)</param>
    /// <param name="bias">(out), or null.</param>
    public abstract Tensor Multiply(Tensor x, Tensor? bias);

    /// <summary><c>gelu(x Wᵀ + b)</c> in its tanh form: (T, in) gives (T, out).</summary>
    /// <param name="x">(T, in)</param>
    /// <param name="bias">(out)</param>
    public virtual Tensor MultiplyGelu(Tensor x, Tensor bias)
    {
        using var product = Multiply(x, bias);
        return Ops.Gelu(product, tanh: true);
    }

    /// <summary><c>dY W</c>: (T, out) gives (T, in).</summary>
    public abstract Tensor MultiplyTransposed(Tensor dY);

    public virtual void Dispose()
    {
        foreach (var part in Parts)
            part.Dispose();
    }
}
