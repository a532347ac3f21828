using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary><c>silu(gate) · up</c> of a matrix whose left half is the gate and whose right half is up.</summary>
public static class SwiGlu
{
    /// <param name="x">(T, 2I)</param>
    /// <returns>(T, I)</returns>
    public static Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        var width = x.Size(1) / 2;
        return scope.Return(Ops.Mul(Ops.Silu(x.Slice(1, 0, width)), x.Slice(1, width, width)));
    }

    /// <param name="dY">(T, I)</param>
    /// <param name="x">(T, 2I), the forward's input.</param>
    /// <returns>dX (T, 2I)</returns>
    public static Tensor Backward(Tensor dY, Tensor x)
    {
        using var scope = new TensorScope();
        var width = x.Size(1) / 2;
        var (gate, up) = (x.Slice(1, 0, width), x.Slice(1, width, width));
        var dUp = Ops.Mul(dY, Ops.Silu(gate));
        var dGate = Ops.SiluBackward(Ops.Mul(dY, up), gate);
        return scope.Return(Ops.Concat([dGate, dUp], 1));
    }
}
