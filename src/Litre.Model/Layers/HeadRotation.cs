using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Norm, weight and rotary embedding of the query and key heads that are side by side with the values. On CUDA in bf16 one kernel each
/// way, elsewhere plain operators; if the norms' weights are trained, their gradients take the plain backward pass.
/// </summary>
/// <remarks>T tokens, N heads, K key/value heads, D head width.</remarks>
public static class HeadRotation
{
    /// <summary>The kernel, and whether a device supports it.</summary>
    public static FusedOperation Kernel { get; } = new("head norms and rotary embedding", Check);

    /// <param name="qkv">(T, (N + 2K) D): queries, keys, values.</param>
    /// <param name="query">The query norm's weight (D).</param>
    /// <param name="key">The key norm's weight (D).</param>
    /// <param name="rotary">The positions' rotation.</param>
    /// <param name="heads">N</param>
    /// <param name="keyHeads">K</param>
    /// <param name="eps">The eps of the norms.</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <returns>Queries, then keys (T, N + K, D), and their reciprocal root mean squares (T, N + K, 1).</returns>
    public static (Tensor Rotated, Tensor Rstd) Forward(
        Tensor qkv,
        Parameter query,
        Parameter key,
        Rotary rotary,
        int heads,
        int keyHeads,
        double eps,
        KernelPolicy kernels
    ) =>
        Supports(qkv, query, kernels)
            ? KernelOps.RotateHeads(qkv, query.Value, key.Value, rotary.Cos, rotary.Sin, heads, keyHeads, eps)
            : PlainForward(qkv, query, key, rotary, heads, keyHeads, eps);

    /// <summary>Adds the gradients of the norms' weights if they are trained.</summary>
    /// <param name="dQ">(T, N, D), of the rotated queries; freed here.</param>
    /// <param name="dK">(T, K, D), of the rotated keys; freed here.</param>
    /// <param name="dV">(T, K, D)</param>
    /// <param name="qkv">The forward pass's qkv.</param>
    /// <param name="rstd">The forward pass's rstd.</param>
    /// <param name="query">The forward pass's query.</param>
    /// <param name="key">The forward pass's key.</param>
    /// <param name="rotary">The forward pass's rotary.</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <returns>dQkv (T, (N + 2K) D)</returns>
    public static Tensor Backward(
        Tensor dQ,
        Tensor dK,
        Tensor dV,
        Tensor qkv,
        Tensor rstd,
        Parameter query,
        Parameter key,
        Rotary rotary,
        KernelPolicy kernels
    )
    {
        if (query.Trainable || key.Trainable || !Supports(qkv, query, kernels))
            return PlainBackward(dQ, dK, dV, qkv, rstd, query, key, rotary);
        using var scope = new TensorScope();
        var dQkv = scope.Return(
            KernelOps.RotateHeadsBackward(
                dQ.Contiguous(),
                dK.Contiguous(),
                dV.Contiguous(),
                qkv,
                rstd,
                query.Value,
                key.Value,
                rotary.Cos,
                rotary.Sin
            )
        );
        dQ.Dispose();
        dK.Dispose();
        return dQkv;
    }

    private static bool Supports(Tensor qkv, Parameter query, KernelPolicy kernels) =>
        KernelOps.HasHeadKernel(query.Value.Count) && Kernel.Supports(qkv, kernels);

    private static (Tensor Rotated, Tensor Rstd) PlainForward(
        Tensor qkv,
        Parameter query,
        Parameter key,
        Rotary rotary,
        int heads,
        int keyHeads,
        double eps
    )
    {
        using var scope = new TensorScope();
        var queryKey = QueryKey(qkv, query, heads, keyHeads); // (T, N + K, D)
        var (unit, rstd) = RmsNorm.Unit(queryKey, eps);
        return (scope.Return(rotary.Forward(Ops.Mul(unit, HeadWeights(query, key, heads, keyHeads)))), scope.Return(rstd));
    }

    private static Tensor PlainBackward(
        Tensor dQ,
        Tensor dK,
        Tensor dV,
        Tensor qkv,
        Tensor rstd,
        Parameter query,
        Parameter key,
        Rotary rotary
    )
    {
        using var scope = new TensorScope();
        var (heads, keyHeads) = ((int)dQ.Size(1), (int)dK.Size(1));
        var queryKey = QueryKey(qkv, query, heads, keyHeads); // (T, N + K, D)
        var dRotated = Ops.Concat([dQ, dK], 1); // (T, N + K, D)
        dQ.Dispose();
        dK.Dispose();
        var dNormed = rotary.Backward(dRotated);
        if (query.Trainable || key.Trainable)
        {
            var unit = Ops.Mul(queryKey.To(rstd.DType), rstd); // (T, N + K, D) f32
            var perHead = Ops.Sum(Ops.Mul(dNormed.To(unit.DType), unit), 0); // (N + K, D)
            if (query.Trainable)
                query.AddGradient(Ops.Sum(perHead.Slice(0, 0, heads), 0));
            if (key.Trainable)
                key.AddGradient(Ops.Sum(perHead.Slice(0, heads, keyHeads), 0));
        }
        var dQueryKey = RmsNorm.UnitBackward(Ops.Mul(dNormed, HeadWeights(query, key, heads, keyHeads)), queryKey, rstd);
        return scope.Return(Ops.Concat([dQueryKey, dV], 1).View(qkv.Sizes));
    }

    private static Tensor QueryKey(Tensor qkv, Parameter query, int heads, int keyHeads)
    {
        using var scope = new TensorScope();
        return scope.Return(qkv.View(-1, heads + 2 * keyHeads, query.Value.Count).Slice(1, 0, heads + keyHeads));
    }

    // The two norms' weights, one row per head: (N + K, D).
    private static Tensor HeadWeights(Parameter query, Parameter key, int heads, int keyHeads)
    {
        using var scope = new TensorScope();
        var width = query.Value.Count;
        return scope.Return(Ops.Concat([query.Value.View(1, -1).Expand(heads, width), key.Value.View(1, -1).Expand(keyHeads, width)], 0));
    }

    private static double Check(Device device)
    {
        const int Tokens = 7,
            Heads = 4,
            KeyHeads = 2,
            Width = 128;
        const double Eps = 1e-6;
        using var query = new Parameter("query", KernelSample.Normal(device, 1, Width));
        using var key = new Parameter("key", KernelSample.Normal(device, 2, Width));
        var angles = new Random(3);
        using var rotary = new Rotary(
            [.. Enumerable.Range(0, Tokens * Width / 2).Select(_ => 6 * angles.NextSingle())],
            Tokens,
            DType.BFloat16,
            device
        );
        var qkv = KernelSample.Normal(device, 4, Tokens, (Heads + 2 * KeyHeads) * Width);
        var (dQ, dK, dV) = (
            KernelSample.Normal(device, 5, Tokens, Heads, Width),
            KernelSample.Normal(device, 6, Tokens, KeyHeads, Width),
            KernelSample.Normal(device, 7, Tokens, KeyHeads, Width)
        );
        var (rotated, rstd) = KernelOps.RotateHeads(qkv, query.Value, key.Value, rotary.Cos, rotary.Sin, Heads, KeyHeads, Eps);
        var (plain, plainRstd) = PlainForward(qkv, query, key, rotary, Heads, KeyHeads, Eps);
        var dQkv = KernelOps.RotateHeadsBackward(dQ, dK, dV, qkv, rstd, query.Value, key.Value, rotary.Cos, rotary.Sin);
        return KernelSample.MaxError((rotated, plain), (rstd, plainRstd), (dQkv, PlainBackward(dQ, dK, dV, qkv, rstd, query, key, rotary)));
    }
}
