using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// <c>silu(gate) · up</c> of a matrix whose left half is the gate and whose right half is up, each row times a weight where rows
/// have weights. On CUDA in bf16 one kernel each way, elsewhere plain operators.
/// </summary>
/// <remarks>M rows, I intermediate.</remarks>
public static class SwiGlu
{
    /// <summary>The kernel, and whether a device supports it.</summary>
    public static FusedOperation Kernel { get; } = new("SwiGLU", Check);

    /// <param name="x">(M, 2I)</param>
    /// <param name="weights">(M, 1) in x's type, or null.</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <returns>(M, I)</returns>
    public static Tensor Forward(Tensor x, Tensor? weights, KernelPolicy kernels) =>
        Kernel.Supports(x, kernels) ? KernelOps.SwiGlu(x, weights) : PlainForward(x, weights);

    /// <param name="dY">(M, I); overwritten if there are weights.</param>
    /// <param name="x">(M, 2I), the forward pass's input.</param>
    /// <param name="weights">The forward pass's weights.</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <returns>dX (M, 2I), and the weights' gradient (M, 1) in x's type or float32.</returns>
    public static (Tensor DX, Tensor? DWeights) Backward(Tensor dY, Tensor x, Tensor? weights, KernelPolicy kernels) =>
        Kernel.Supports(x, kernels) ? KernelOps.SwiGluBackward(dY, x, weights) : PlainBackward(dY, x, weights);

    private static Tensor PlainForward(Tensor x, Tensor? weights)
    {
        using var scope = new TensorScope();
        var width = x.Size(1) / 2;
        var h = Ops.Mul(Ops.Silu(x.Slice(1, 0, width)), x.Slice(1, width, width)); // (M, I)
        return scope.Return(weights is null ? h : Ops.Mul(h, weights));
    }

    private static (Tensor DX, Tensor? DWeights) PlainBackward(Tensor dY, Tensor x, Tensor? weights)
    {
        using var scope = new TensorScope();
        Tensor? dWeights = null;
        if (weights is not null)
        {
            dWeights = scope.Return(WeightGradient(dY, x));
            Ops.MulInPlace(dY, weights);
        }
        var width = x.Size(1) / 2;
        var (gate, up) = (x.Slice(1, 0, width), x.Slice(1, width, width));
        var dUp = Ops.Mul(dY, Ops.Silu(gate));
        var dGate = Ops.SiluBackward(Ops.Mul(dY, up), gate);
        return (scope.Return(Ops.Concat([dGate, dUp], 1)), dWeights);
    }

    // (M, 1): the activations are made again, which frees them before the rest is computed.
    private static Tensor WeightGradient(Tensor dY, Tensor x)
    {
        using var scope = new TensorScope();
        return scope.Return(Ops.Sum(Ops.Mul(dY, PlainForward(x, null)), -1, keep: true));
    }

    private static double Check(Device device)
    {
        var (x, weights, dY) = (
            KernelSample.Normal(device, 1, 37, 2 * 72),
            KernelSample.Normal(device, 2, 37, 1),
            KernelSample.Normal(device, 3, 37, 72)
        );
        var (dX, dWeights) = KernelOps.SwiGluBackward(dY, x, weights);
        var (dPlainX, dPlainWeights) = PlainBackward(dY.Clone(), x, weights);
        return KernelSample.MaxError((KernelOps.SwiGlu(x, weights), PlainForward(x, weights)), (dX, dPlainX), (dWeights!, dPlainWeights!));
    }
}
