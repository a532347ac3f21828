using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Vision;

/// <summary>
/// Rotary embedding, in the accumulation type, of the vision tower's query and key heads that are side by side with the values. On CUDA
/// in bf16 one kernel each way, elsewhere plain operators.
/// </summary>
/// <remarks>P patches, N heads, D head width.</remarks>
public static class VisionRotation
{
    /// <summary>The kernel, and whether a device supports it.</summary>
    public static FusedOperation Kernel { get; } = new("the vision tower's rotary embedding", Check);

    /// <param name="qkv">(P, 3N D): queries, keys, values.</param>
    /// <param name="rotary">The rotation, in the accumulation type.</param>
    /// <param name="heads">N</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <returns>Queries, then keys (P, 2N, D).</returns>
    public static Tensor Forward(Tensor qkv, Rotary rotary, int heads, KernelPolicy kernels) =>
        Supports(qkv, qkv.Count, kernels)
            ? KernelOps.RotateQueriesAndKeys(qkv, rotary.Cos, rotary.Sin, heads)
            : PlainForward(qkv, rotary, heads);

    /// <param name="dQ">(P, N, D), of the rotated queries.</param>
    /// <param name="dK">(P, N, D), of the rotated keys.</param>
    /// <param name="dV">(P, N, D)</param>
    /// <param name="rotary">The forward pass's rotary.</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <returns>dQkv (P, 3N D)</returns>
    public static Tensor Backward(Tensor dQ, Tensor dK, Tensor dV, Rotary rotary, KernelPolicy kernels)
    {
        if (!Supports(dQ, 3 * dQ.Count, kernels))
            return PlainBackward(dQ, dK, dV, rotary);
        using var scope = new TensorScope();
        return scope.Return(
            KernelOps.RotateQueriesAndKeysBackward(dQ.Contiguous(), dK.Contiguous(), dV.Contiguous(), rotary.Cos, rotary.Sin)
        );
    }

    // The kernel counts in 32 bits.
    private static bool Supports(Tensor x, long elements, KernelPolicy kernels) => elements <= int.MaxValue && Kernel.Supports(x, kernels);

    private static Tensor PlainForward(Tensor qkv, Rotary rotary, int heads)
    {
        using var scope = new TensorScope();
        var queryKey = qkv.View(-1, 3 * heads, qkv.Size(1) / (3 * heads)).Slice(1, 0, 2 * heads); // (P, 2N, D)
        return scope.Return(rotary.Forward(queryKey.To(qkv.DType.Accumulate())).To(qkv.DType));
    }

    private static Tensor PlainBackward(Tensor dQ, Tensor dK, Tensor dV, Rotary rotary)
    {
        using var scope = new TensorScope();
        var dRotated = Ops.Concat([dQ, dK], 1); // (P, 2N, D)
        var dQueryKey = rotary.Backward(dRotated.To(dQ.DType.Accumulate())).To(dQ.DType);
        return scope.Return(Ops.Concat([dQueryKey, dV], 1).View(dQ.Size(0), -1));
    }

    private static double Check(Device device)
    {
        const int Patches = 6,
            Heads = 3,
            Width = 72;
        var angles = new Random(3);
        using var rotary = new Rotary(
            [.. Enumerable.Range(0, Patches * Width / 2).Select(_ => 6 * angles.NextSingle())],
            Patches,
            DType.Float32,
            device
        );
        var qkv = KernelSample.Normal(device, 4, Patches, 3 * Heads * Width);
        var (dQ, dK, dV) = (
            KernelSample.Normal(device, 5, Patches, Heads, Width),
            KernelSample.Normal(device, 6, Patches, Heads, Width),
            KernelSample.Normal(device, 7, Patches, Heads, Width)
        );
        return KernelSample.MaxError(
            (KernelOps.RotateQueriesAndKeys(qkv, rotary.Cos, rotary.Sin, Heads), PlainForward(qkv, rotary, Heads)),
            (KernelOps.RotateQueriesAndKeysBackward(dQ, dK, dV, rotary.Cos, rotary.Sin), PlainBackward(dQ, dK, dV, rotary))
        );
    }
}
