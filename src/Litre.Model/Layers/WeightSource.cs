using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// The source of a model's layers: creates their weight tensors, from a checkpoint, at random, or as shapes only, and determines their
/// kernels.
/// </summary>
/// <param name="dtype">The compute type.</param>
/// <param name="device">The device of the weights.</param>
public abstract class WeightSource(DType dtype, Device device)
{
    /// <summary>The type of activations, adapters and dense weights.</summary>
    public DType DType { get; } = dtype;

    public Device Device { get; } = device;

    /// <summary>How the created layers choose their kernels.</summary>
    public KernelPolicy Kernels { get; init; } = new();

    /// <summary>An unset tensor of the model's type and device.</summary>
    public Tensor Allocate(ReadOnlySpan<long> sizes) => Tensor.Empty(sizes, DType, Device);

    /// <summary>
    /// Sets <paramref name="destination"/>, which may be part of a larger tensor, to the values of <paramref name="key"/>.
    /// </summary>
    public Parameter Fill(string key, Tensor destination)
    {
        Read(key, destination);
        return new Parameter(key, destination);
    }

    /// <summary>A new tensor with the values of <paramref name="key"/>.</summary>
    public Parameter Make(string key, ReadOnlySpan<long> sizes) => Fill(key, Allocate(sizes));

    /// <summary>The matrix of a fused linear; dense here.</summary>
    /// <param name="parts">Keys and rows of what is in it, one below the other.</param>
    /// <param name="inputs">Columns.</param>
    public virtual WeightMatrix MakeMatrix(IReadOnlyList<(string Key, long Rows)> parts, long inputs)
    {
        var whole = TensorScope.Keep(Allocate([parts.Sum(p => p.Rows), inputs])); // (out, in)
        var filled = new List<Parameter>();
        var start = 0L;
        foreach (var (key, rows) in parts)
        {
            filled.Add(Fill(key, whole.Slice(0, start, rows)));
            start += rows;
        }
        return new DenseMatrix(whole, filled);
    }

    /// <summary>The matrices of one projection of all experts; dense here.</summary>
    /// <param name="key">The key of the stacked tensor.</param>
    /// <param name="experts">E</param>
    /// <param name="rows">out</param>
    /// <param name="inputs">in</param>
    public virtual WeightStack MakeStack(string key, long experts, long rows, long inputs) =>
        new DenseStack(Make(key, [experts, rows, inputs]));

    /// <summary>Writes the values of <paramref name="key"/> into <paramref name="destination"/>, which on a meta device has none.</summary>
    protected abstract void Read(string key, Tensor destination);
}
