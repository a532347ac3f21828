using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Some tokens of a packed batch, each at most once: those that predict an answer token, those that an image's features replace. Known
/// on the host and on the device, so that code that works only on them can gather them, write their results back, and do both in a
/// backward pass.
/// </summary>
/// <remarks>T tokens of the batch, A of them here, H width.</remarks>
public sealed class TokenRows : IDisposable
{
    /// <param name="indices">Their indices in the batch, A.</param>
    /// <param name="device">The device of the batch.</param>
    public TokenRows(long[] indices, Device device)
    {
        Indices = indices;
        Tensor = TensorScope.Keep(Litre.Torch.Tensor.From(indices, device));
    }

    /// <summary>Their indices in the batch, on the host, A.</summary>
    public IReadOnlyList<long> Indices { get; }

    /// <summary>The same on the device: (A) int64.</summary>
    public Tensor Tensor { get; }

    /// <summary>A</summary>
    public int Count => Indices.Count;

    /// <summary>These rows of all: (T, …) gives (A, …). Its backward is <see cref="Scatter"/>.</summary>
    public Tensor Gather(Tensor x) => Ops.Rows(x, Tensor);

    /// <summary>Rows put back among zeros: (A, …) gives (T, …). Its backward is <see cref="Gather"/>.</summary>
    /// <param name="few">(A, …)</param>
    /// <param name="tokens">T</param>
    public Tensor Scatter(Tensor few, long tokens)
    {
        long[] sizes = [tokens, .. few.Sizes[1..]];
        return Ops.SetRowsInPlace(Litre.Torch.Tensor.Zeros(sizes, few.DType, few.Device), Tensor, few);
    }

    /// <summary>Sets these rows of <paramref name="x"/> (T, …) to <paramref name="values"/> (A, …).</summary>
    /// <returns>x</returns>
    public Tensor SetInPlace(Tensor x, Tensor values) => Ops.SetRowsInPlace(x, Tensor, values);

    /// <summary>Adds <paramref name="values"/> (A, …) to these rows of <paramref name="x"/> (T, …).</summary>
    public void AddInPlace(Tensor x, Tensor values)
    {
        using var scope = new TensorScope();
        SetInPlace(x, Ops.Add(Gather(x), values));
    }

    public void Dispose() => Tensor.Dispose();
}
