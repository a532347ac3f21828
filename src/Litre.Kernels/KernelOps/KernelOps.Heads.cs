using System.Numerics;
using Litre.Torch;

namespace Litre.Kernels;

/// <content>Litre's own kernels for attention heads; shapes as in heads.cu.</content>
public static partial class KernelOps
{
    // Indexed by the number of lanes per head, each entry for twice as many as the one before.
    private static readonly string[] HeadsForward =
    [
        "heads_forward_1",
        "heads_forward_2",
        "heads_forward_4",
        "heads_forward_8",
        "heads_forward_16",
        "heads_forward_32",
    ];
    private static readonly string[] HeadsBackward =
    [
        "heads_backward_1",
        "heads_backward_2",
        "heads_backward_4",
        "heads_backward_8",
        "heads_backward_16",
        "heads_backward_32",
    ];

    /// <summary>Whether there is a kernel for heads of a width: 16 times a power of two, up to 512.</summary>
    public static bool HasHeadKernel(long width) => width is 16 or 32 or 64 or 128 or 256 or 512;

    /// <summary>Norm, weight and rotary embedding of all query and key heads of (T, (N + 2K) D). CUDA, bf16.</summary>
    /// <param name="qkv">(T, (N + 2K) D): queries, keys, values.</param>
    /// <param name="queryWeight">(D)</param>
    /// <param name="keyWeight">(D)</param>
    /// <param name="cos">(T, 1, D), both halves equal.</param>
    /// <param name="sin">(T, 1, D), the left half negated.</param>
    /// <param name="heads">N</param>
    /// <param name="keyHeads">K</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <returns>(T, N + K, D), and the reciprocal root mean squares (T, N + K, 1) float32.</returns>
    public static (Tensor Rotated, Tensor Rstd) RotateHeads(
        Tensor qkv,
        Tensor queryWeight,
        Tensor keyWeight,
        Tensor cos,
        Tensor sin,
        int heads,
        int keyHeads,
        double eps
    )
    {
        var (tokens, width) = HeadSizes("rotate_heads"u8, qkv, queryWeight, keyWeight, cos, sin, heads, keyHeads);
        var rotated = Tensor.Empty([tokens, heads + keyHeads, width], qkv.DType, qkv.Device);
        var rstd = Tensor.Empty([tokens, heads + keyHeads, 1], DType.Float32, qkv.Device);
        if (!Starts(qkv.Device, rotated, rotated, rstd, cos, sin))
            return (rotated, rstd); // only the rotated part of qkv is read
        using var scope = new TensorScope();
        var launch = new KernelLaunch(KernelSource.Heads, HeadsForward[HeadVariant(width)]);
        launch.Push(Aligned(qkv), Aligned(queryWeight), Aligned(keyWeight), Aligned(cos), Aligned(sin), rotated, rstd);
        launch.Push(tokens, heads, keyHeads);
        launch.Push((float)eps);
        launch.Run(qkv.Device, tokens * (heads + keyHeads), HeadsPerBlock(width), BlockThreads);
        return (rotated, rstd);
    }

    /// <summary>The gradient of (T, (N + 2K) D) through <see cref="RotateHeads"/>, with the gradient of the values appended.</summary>
    /// <param name="dQuery">(T, N, D) of the rotated queries.</param>
    /// <param name="dKey">(T, K, D) of the rotated keys.</param>
    /// <param name="dValue">(T, K, D)</param>
    /// <param name="qkv">As in the forward.</param>
    /// <param name="rstd">As in the forward.</param>
    /// <param name="queryWeight">As in the forward.</param>
    /// <param name="keyWeight">As in the forward.</param>
    /// <param name="cos">As in the forward.</param>
    /// <param name="sin">As in the forward.</param>
    public static Tensor RotateHeadsBackward(
        Tensor dQuery,
        Tensor dKey,
        Tensor dValue,
        Tensor qkv,
        Tensor rstd,
        Tensor queryWeight,
        Tensor keyWeight,
        Tensor cos,
        Tensor sin
    )
    {
        var (heads, keyHeads) = ((int)dQuery.Size(1), (int)dKey.Size(1));
        var (tokens, width) = HeadSizes("rotate_heads_backward"u8, qkv, queryWeight, keyWeight, cos, sin, heads, keyHeads);
        RequireDense("rotate_heads_backward"u8, qkv.DType, qkv.Device, dQuery, [tokens, heads, width]);
        RequireDense("rotate_heads_backward"u8, qkv.DType, qkv.Device, dKey, [tokens, keyHeads, width]);
        RequireDense("rotate_heads_backward"u8, qkv.DType, qkv.Device, dValue, [tokens, keyHeads, width]);
        RequireDense("rotate_heads_backward"u8, DType.Float32, qkv.Device, rstd, [tokens, heads + keyHeads, 1]);
        var dQkv = Tensor.Empty(qkv.Sizes, qkv.DType, qkv.Device);
        if (!Starts(qkv.Device, dQuery, dKey, dValue, dQuery, dKey, rstd, cos, sin, dQkv))
            return dQkv;
        using var scope = new TensorScope();
        var launch = new KernelLaunch(KernelSource.Heads, HeadsBackward[HeadVariant(width)]);
        launch.Push(
            Aligned(dQuery),
            Aligned(dKey),
            Aligned(dValue),
            Aligned(qkv),
            rstd,
            Aligned(queryWeight),
            Aligned(keyWeight),
            Aligned(cos),
            Aligned(sin),
            dQkv
        );
        launch.Push(tokens, heads, keyHeads);
        launch.Run(qkv.Device, tokens * (heads + 2 * keyHeads), HeadsPerBlock(width), BlockThreads);
        return dQkv;
    }

    private static int HeadsPerBlock(long width) => BlockThreads / (int)HeadLanes(width);

    // Lanes per head, each with one vector of each half.
    private static long HeadLanes(long width) => width / (2 * VectorWidth);

    private static int HeadVariant(long width) => BitOperations.Log2((ulong)HeadLanes(width));

    private static (long Tokens, long Width) HeadSizes(
        ReadOnlySpan<byte> op,
        Tensor qkv,
        Tensor queryWeight,
        Tensor keyWeight,
        Tensor cos,
        Tensor sin,
        int heads,
        int keyHeads
    )
    {
        var (tokens, all) = (qkv.Size(0), heads + 2L * keyHeads);
        var width = queryWeight.Count;
        if (qkv.Rank != 2 || !HasHeadKernel(width) || tokens * all > int.MaxValue)
            throw Ops.Refuse(op, $"no kernel supports {heads} query heads and {keyHeads} key heads of width {width} in {qkv}");
        OnlyBFloat16(op, qkv);
        RequireDense(op, qkv.DType, qkv.Device, qkv, [tokens, all * width]);
        RequireDense(op, qkv.DType, qkv.Device, queryWeight, [width]);
        RequireDense(op, qkv.DType, qkv.Device, keyWeight, [width]);
        RequireDense(op, qkv.DType, qkv.Device, cos, [tokens, 1, width]);
        RequireDense(op, qkv.DType, qkv.Device, sin, [tokens, 1, width]);
        return (tokens, width);
    }
}
