using Litre.Torch;

namespace Litre.Kernels;

/// <content>Litre's own kernels for the residual stream's norms; shapes as in norm.cu.</content>
public static partial class KernelOps
{
    private const int MaxKept = 4;

    // Indexed by the chunks of 8 numbers per thread, each entry for twice as many as the one before.
    private static readonly string[] AddRmsNormKernels = ["add_rms_norm_1", "add_rms_norm_2", "add_rms_norm_4"];
    private static readonly string[] AddLayerNormKernels = ["add_layer_norm_1", "add_layer_norm_2", "add_layer_norm_4"];
    private static readonly string[] RmsNormBackwardAddKernels =
    [
        "rms_norm_backward_add_1",
        "rms_norm_backward_add_2",
        "rms_norm_backward_add_4",
    ];

    /// <summary>Whether there is a kernel for rows of a width: multiples of 8 up to 8192.</summary>
    public static bool HasResidualNorm(long width) =>
        width > 0 && width % VectorWidth == 0 && width <= MaxKept * VectorWidth * BlockThreads;

    /// <summary>
    /// <c>h = x + delta</c> and its root-mean-square norm times a weight. Without a delta, h is x itself, and the norm has the same bits as
    /// that of an equal sum. CUDA, bf16.
    /// </summary>
    /// <param name="x">(T, H)</param>
    /// <param name="delta">(T, H), or null.</param>
    /// <param name="weight">(H)</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <returns>h and the normed h, (T, H) each, and the reciprocal roots (T, 1) float32.</returns>
    public static (Tensor H, Tensor Y, Tensor Rstd) AddRmsNorm(Tensor x, Tensor? delta, Tensor weight, double eps)
    {
        var (rows, width) = NormSizes("add_rms_norm"u8, x, weight);
        RequireDense("add_rms_norm"u8, x.DType, x.Device, delta, x.Sizes);
        var sum = delta is null ? null : Tensor.Empty(x.Sizes, x.DType, x.Device);
        var y = Tensor.Empty(x.Sizes, x.DType, x.Device);
        var rstd = Tensor.Empty([rows, 1], DType.Float32, x.Device);
        var results = (sum ?? x, y, rstd);
        if (!Starts(x.Device, x, delta, weight, sum, y, rstd))
            return results;
        using var scope = new TensorScope();
        var (variant, threads) = NormBlock(width);
        var launch = new KernelLaunch(KernelSource.Norm, AddRmsNormKernels[variant]);
        launch.Push(Aligned(x), Aligned(delta), Aligned(weight), sum, y, rstd);
        launch.Push(rows, width);
        launch.Push((float)eps);
        launch.Run(x.Device, rows, 1, threads);
        return results;
    }

    /// <summary>
    /// <c>h = x + delta</c> and its layer norm. Without a delta, h is x itself, and the norm has the same bits as that of an equal sum.
    /// CUDA, bf16.
    /// </summary>
    /// <param name="x">(P, H)</param>
    /// <param name="delta">(P, H), or null.</param>
    /// <param name="weight">(H)</param>
    /// <param name="bias">(H)</param>
    /// <param name="eps">Added to the variance.</param>
    /// <returns>h and the normed h, (P, H) each; means and reciprocal deviations (P, 1) float32, as
    /// <see cref="Ops.LayerNormBackward"/> takes them.</returns>
    public static (Tensor H, Tensor Y, Tensor Mean, Tensor Rstd) AddLayerNorm(
        Tensor x,
        Tensor? delta,
        Tensor weight,
        Tensor bias,
        double eps
    )
    {
        var (rows, width) = NormSizes("add_layer_norm"u8, x, weight);
        RequireDense("add_layer_norm"u8, x.DType, x.Device, delta, x.Sizes);
        RequireDense("add_layer_norm"u8, x.DType, x.Device, bias, weight.Sizes);
        var sum = delta is null ? null : Tensor.Empty(x.Sizes, x.DType, x.Device);
        var y = Tensor.Empty(x.Sizes, x.DType, x.Device);
        var mean = Tensor.Empty([rows, 1], DType.Float32, x.Device);
        var rstd = Tensor.Empty([rows, 1], DType.Float32, x.Device);
        var results = (sum ?? x, y, mean, rstd);
        if (!Starts(x.Device, x, delta, weight, bias, sum, y, mean, rstd))
            return results;
        using var scope = new TensorScope();
        var (variant, threads) = NormBlock(width);
        var launch = new KernelLaunch(KernelSource.Norm, AddLayerNormKernels[variant]);
        launch.Push(Aligned(x), Aligned(delta), Aligned(weight), Aligned(bias), sum, y, mean, rstd);
        launch.Push(rows, width);
        launch.Push((float)eps);
        launch.Run(x.Device, rows, 1, threads);
        return results;
    }

    /// <summary>The gradient of a root-mean-square norm for its input, added to a residual's: (T, H). CUDA, bf16.</summary>
    /// <param name="dY">(T, H)</param>
    /// <param name="x">(T, H), the norm's input.</param>
    /// <param name="rstd">(T, 1) float32, of the forward.</param>
    /// <param name="weight">(H)</param>
    /// <param name="residual">(T, H)</param>
    public static Tensor RmsNormBackwardAdd(Tensor dY, Tensor x, Tensor rstd, Tensor weight, Tensor residual)
    {
        var (rows, width) = NormSizes("rms_norm_backward_add"u8, x, weight);
        RequireDense("rms_norm_backward_add"u8, x.DType, x.Device, dY, x.Sizes);
        RequireDense("rms_norm_backward_add"u8, x.DType, x.Device, residual, x.Sizes);
        RequireDense("rms_norm_backward_add"u8, DType.Float32, x.Device, rstd, [rows, 1]);
        var dX = Tensor.Empty(x.Sizes, x.DType, x.Device);
        if (!Starts(x.Device, dY, x, rstd, weight, residual, dX))
            return dX;
        using var scope = new TensorScope();
        var (variant, threads) = NormBlock(width);
        var launch = new KernelLaunch(KernelSource.Norm, RmsNormBackwardAddKernels[variant]);
        launch.Push(Aligned(dY), Aligned(x), rstd, Aligned(weight), Aligned(residual), dX);
        launch.Push(rows, width);
        launch.Run(x.Device, rows, 1, threads);
        return dX;
    }

    // As few chunks per thread as a block allows, which leaves registers for most blocks; at most as many threads as chunks need.
    private static (int Variant, int Threads) NormBlock(int width)
    {
        var chunks = width / VectorWidth;
        var (variant, kept) = (0, 1);
        while (kept * BlockThreads < chunks)
            (variant, kept) = (variant + 1, 2 * kept);
        return (variant, (chunks + kept * WarpThreads - 1) / (kept * WarpThreads) * WarpThreads);
    }

    private static (int Rows, int Width) NormSizes(ReadOnlySpan<byte> op, Tensor x, Tensor weight)
    {
        if (x.Rank != 2 || !HasResidualNorm(x.Size(1)) || x.Size(0) > int.MaxValue)
            throw Ops.Refuse(op, $"no kernel supports rows of {x}");
        OnlyBFloat16(op, x);
        RequireDense(op, x.DType, x.Device, x, x.Sizes);
        RequireDense(op, x.DType, x.Device, weight, [x.Size(1)]);
        return ((int)x.Size(0), (int)x.Size(1));
    }
}
