using Litre.Torch;

namespace Litre.Kernels;

/// <content>Litre's own kernels for feed-forward blocks and mixtures of experts; shapes as in swiglu.cu and combine.cu.</content>
public static partial class KernelOps
{
    // A chunk of a token's row is work on k rows: with one chunk per thread there are many blocks, of which the last is short.
    private const int SwiGluChunks = 4,
        TokenChunks = 1;

    /// <summary><c>silu(gate) · up</c>, each row times its weight: (M, 2I) and (M, 1) give (M, I). CUDA, bf16.</summary>
    /// <param name="inner">(M, 2I): the gate, then up.</param>
    /// <param name="weights">(M, 1), or null for one.</param>
    public static Tensor SwiGlu(Tensor inner, Tensor? weights)
    {
        var (rows, width) = InnerSizes("swiglu"u8, inner, weights);
        var h = Tensor.Empty([rows, width], inner.DType, inner.Device);
        if (!Starts(inner.Device, inner, weights, h))
            return h;
        var vector = Vector(width, inner, h);
        var launch = new KernelLaunch(KernelSource.SwiGlu, vector == 1 ? "swiglu_forward_1" : "swiglu_forward_8");
        launch.Push(inner, weights, h);
        launch.Push(rows, width);
        launch.RunRows(inner.Device, rows, RowThreads(width / vector, SwiGluChunks), BlockThreads);
        return h;
    }

    /// <summary>Gradients of <see cref="SwiGlu"/> for its input (M, 2I) and for the weights, if any, (M, 1) float32.</summary>
    /// <param name="dH">(M, I)</param>
    /// <param name="inner">As in the forward.</param>
    /// <param name="weights">As in the forward.</param>
    public static (Tensor DInner, Tensor? DWeights) SwiGluBackward(Tensor dH, Tensor inner, Tensor? weights)
    {
        var (rows, width) = InnerSizes("swiglu_backward"u8, inner, weights);
        RequireDense("swiglu_backward"u8, inner.DType, inner.Device, dH, [rows, width]);
        var dInner = Tensor.Empty(inner.Sizes, inner.DType, inner.Device);
        var dWeights = weights is null ? null : Tensor.Empty(weights.Sizes, DType.Float32, inner.Device);
        if (!Starts(inner.Device, dH, inner, weights, dInner, dWeights))
            return (dInner, dWeights);
        var vector = Vector(width, dH, inner, dInner);
        var launch = new KernelLaunch(KernelSource.SwiGlu, vector == 1 ? "swiglu_backward_1" : "swiglu_backward_8");
        launch.Push(dH, inner, weights, dInner, dWeights);
        launch.Push(rows, width);
        // The weight's gradient is a sum within one warp.
        launch.RunRows(inner.Device, rows, weights is null ? RowThreads(width / vector, SwiGluChunks) : WarpThreads, BlockThreads);
        return (dInner, dWeights);
    }

    /// <summary>
    /// The sum of each token's k rows, and of a residual, in float32: (M, H), (T k) and (T, H) give (T, H). CUDA, bf16.
    /// </summary>
    /// <param name="rows">(M, H), M = T k.</param>
    /// <param name="inverse">(M) int64: at t k + j, the position of the j-th row of token t.</param>
    /// <param name="chosen">k</param>
    /// <param name="residual">(T, H), or null.</param>
    public static Tensor CombineRows(Tensor rows, Tensor inverse, int chosen, Tensor? residual)
    {
        if (rows.Rank != 2 || chosen < 1 || rows.Size(0) % chosen != 0)
            throw Ops.Refuse("combine"u8, $"{rows} does not have {chosen} rows per token");
        OnlyBFloat16("combine"u8, rows);
        var (tokens, width) = (rows.Size(0) / chosen, rows.Size(1));
        RequireDense("combine"u8, rows.DType, rows.Device, rows, rows.Sizes);
        RequireDense("combine"u8, DType.Int64, rows.Device, inverse, [rows.Size(0)]);
        RequireDense("combine"u8, rows.DType, rows.Device, residual, [tokens, width]);
        var y = Tensor.Empty([tokens, width], rows.DType, rows.Device);
        if (!Starts(rows.Device, rows, inverse, residual, y))
            return y;
        var vector = Vector(width, rows, residual, y);
        var launch = new KernelLaunch(KernelSource.Combine, vector == 1 ? "combine_1" : "combine_8");
        launch.Push(rows, inverse, residual, y);
        launch.Push(tokens, chosen, width);
        launch.RunRows(rows.Device, tokens, RowThreads(width / vector, TokenChunks), BlockThreads);
        return y;
    }

    /// <summary>
    /// Each token's row copied to its k positions: (T, H) and (T k) give (M, H), M = T k. The reverse of <see cref="CombineRows"/>. CUDA,
    /// bf16.
    /// </summary>
    /// <param name="x">(T, H)</param>
    /// <param name="inverse">(M) int64, every number below M once: at t k + j, the position of the j-th copy of token t's row.</param>
    /// <param name="chosen">k</param>
    public static Tensor SpreadRows(Tensor x, Tensor inverse, int chosen)
    {
        if (x.Rank != 2 || chosen < 1)
            throw Ops.Refuse("spread"u8, $"{x} is not a matrix whose rows can be copied {chosen} times");
        OnlyBFloat16("spread"u8, x);
        var (tokens, width) = (x.Size(0), x.Size(1));
        RequireDense("spread"u8, x.DType, x.Device, x, x.Sizes);
        RequireDense("spread"u8, DType.Int64, x.Device, inverse, [tokens * chosen]);
        var rows = Tensor.Empty([tokens * chosen, width], x.DType, x.Device);
        if (!Starts(x.Device, x, inverse, rows))
            return rows;
        var vector = Vector(width, x, rows);
        var launch = new KernelLaunch(KernelSource.Combine, vector == 1 ? "spread_1" : "spread_8");
        launch.Push(x, inverse, rows);
        launch.Push(tokens, chosen, width);
        launch.RunRows(x.Device, tokens, RowThreads(width / vector, TokenChunks), BlockThreads);
        return rows;
    }

    private static (long Rows, long Width) InnerSizes(ReadOnlySpan<byte> op, Tensor inner, Tensor? weights)
    {
        if (inner.Rank != 2 || inner.Size(1) % 2 != 0)
            throw Ops.Refuse(op, $"{inner} cannot be split into gate and up");
        OnlyBFloat16(op, inner);
        RequireDense(op, inner.DType, inner.Device, inner, inner.Sizes);
        RequireDense(op, inner.DType, inner.Device, weights, [inner.Size(0), 1]);
        return (inner.Size(0), inner.Size(1) / 2);
    }

    private static void OnlyBFloat16(ReadOnlySpan<byte> op, Tensor x)
    {
        if (x.DType != DType.BFloat16)
            throw Ops.Refuse(op, $"{x} is not of type bfloat16, the only type that this kernel supports");
    }
}
