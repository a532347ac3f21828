using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Rotary position embedding (Su and others 2021) in the half-split form: <c>y = x · C + swap(x) · S</c>, where swap exchanges the two
/// halves of each head, C = [cos, cos] and S = [-sin, sin].
/// </summary>
/// <remarks>T tokens, N heads, D head width.</remarks>
public sealed class Rotary : IDisposable
{
    /// <param name="angles">T rows of D / 2 angles in radians.</param>
    /// <param name="tokens">T</param>
    /// <param name="dtype">The type of the heads.</param>
    /// <param name="device">The device of the heads.</param>
    /// <param name="rows">(N) int64: which row each of N tokens takes, where tokens share rows.</param>
    public Rotary(ReadOnlySpan<float> angles, int tokens, DType dtype, Device device, Tensor? rows = null)
    {
        using var scope = new TensorScope();
        var half = tokens == 0 ? 0 : angles.Length / tokens;
        (Cos, Sin) = Tables(Tensor.From(angles, [tokens, 1, half], device), dtype, rows);
    }

    /// <param name="angles">(T, 1, D / 2) f32, in radians.</param>
    /// <param name="dtype">The type of the heads.</param>
    public Rotary(Tensor angles, DType dtype) => (Cos, Sin) = Tables(angles, dtype, null);

    /// <summary>(T, 1, D), both halves alike.</summary>
    internal Tensor Cos { get; }

    /// <summary>(T, 1, D), the first half negated.</summary>
    internal Tensor Sin { get; }

    /// <param name="x">(T, N, D)</param>
    public Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        var swapped = Ops.RollLast(x, x.Size(2) / 2);
        return scope.Return(Ops.Add(Ops.Mul(x, Cos), Ops.Mul(swapped, Sin)));
    }

    /// <param name="dY">(T, N, D)</param>
    public Tensor Backward(Tensor dY)
    {
        using var scope = new TensorScope();
        var swapped = Ops.RollLast(Ops.Mul(dY, Sin), dY.Size(2) / 2);
        return scope.Return(Ops.Add(Ops.Mul(dY, Cos), swapped));
    }

    public void Dispose()
    {
        Cos.Dispose();
        Sin.Dispose();
    }

    private static (Tensor Cos, Tensor Sin) Tables(Tensor angles, DType dtype, Tensor? rows)
    {
        using var scope = new TensorScope();
        var (cos, sin) = (Ops.Cos(angles), Ops.Sin(angles)); // (T, 1, D / 2) f32
        return (
            TensorScope.Keep(Taken(Ops.Concat([cos, cos], 2).To(dtype))),
            TensorScope.Keep(Taken(Ops.Concat([Ops.Mul(sin, -1), sin], 2).To(dtype)))
        );

        Tensor Taken(Tensor table) => rows is null ? table : Ops.Rows(table.View(table.Size(0), -1), rows).View(-1, 1, table.Size(2));
    }
}
