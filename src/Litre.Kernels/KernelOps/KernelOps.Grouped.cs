using System.Globalization;
using Litre.Torch;

namespace Litre.Kernels;

/// <content>Grouped products by Litre's own kernels, for GPUs on which libtorch has none; shapes as in grouped.cu.</content>
public static partial class KernelOps
{
    /// <summary>Maximum number of a result's columns, such as an adapter's rank, for which narrow tiles are used.</summary>
    public const int NarrowColumns = 32;

    /// <summary>Mean number of rows per expert below which the lowest tiles waste least.</summary>
    public const int FewExpertRows = 24;

    private const int SomeExpertRows = 96; // the same for the next ones

    private readonly record struct GroupedTile(int Rows, int Columns, int Threads)
    {
        public string Name => string.Create(CultureInfo.InvariantCulture, $"{Rows}x{Columns}");
    }

    /// <summary>Whether Litre's own kernels support grouped products of these widths.</summary>
    public static bool HasExpertKernels(long k, long n) => k % VectorWidth == 0 && n % VectorWidth == 0;

    /// <summary>
    /// Whether a device has the instructions that these kernels use. A device that is not a CUDA GPU counts as one that has.
    /// </summary>
    public static bool HasExpertKernels(Device device) =>
        device.Type != DeviceType.Cuda || CudaDriver.Of(device) is { MultipliesBFloat16: true };

    /// <summary>
    /// Each row times its expert's matrix: (M, k) by (E, k, n) gives (M, n). The host does not wait for the groups' ends. CUDA, bf16;
    /// k and n must be multiples of 8.
    /// </summary>
    /// <param name="x">(M, k), rows sorted by expert.</param>
    /// <param name="matrices">(E, k, n), row- or column-major in its last two dimensions.</param>
    /// <param name="ends">(E) int32: the end of each expert's rows, the last of them M.</param>
    /// <param name="scale">The factor of the product.</param>
    public static Tensor ExpertRows(Tensor x, Tensor matrices, Tensor ends, double scale = 1) => ExpertRows(null, x, matrices, ends, scale);

    /// <summary>
    /// <see cref="ExpertRows(Tensor, Tensor, Tensor, double)"/>, added to <paramref name="result"/> (M, n) in place. First the product is
    /// rounded, and then the sum.
    /// </summary>
    public static Tensor AddExpertRowsInPlace(Tensor result, Tensor x, Tensor matrices, Tensor ends, double scale) =>
        ExpertRows(result, x, matrices, ends, scale);

    private static Tensor ExpertRows(Tensor? result, Tensor x, Tensor matrices, Tensor ends, double scale)
    {
        if (
            x.Rank != 2
            || matrices.Rank != 3
            || x.Size(1) != matrices.Size(1)
            || !HasExpertKernels(x.Size(1), matrices.Size(2))
            || x.Size(0) > int.MaxValue
        )
            throw Ops.Refuse("expert_rows"u8, $"{x} by {matrices}: sizes do not match, or are not multiples of {VectorWidth}");
        OnlyBFloat16("expert_rows"u8, x);
        var (rows, experts, k, n) = (x.Size(0), (int)matrices.Size(0), (int)x.Size(1), (int)matrices.Size(2));
        // A column-major matrix is stored as in the checkpoint: (n, k), contiguous along the depth.
        var deep = !matrices.IsContiguous;
        using var stored = deep ? matrices.Transposed() : matrices.Alias();
        RequireDense("expert_rows"u8, x.DType, x.Device, x, x.Sizes);
        RequireDense("expert_rows"u8, x.DType, x.Device, stored, deep ? [experts, n, k] : [experts, k, n]);
        RequireDense("expert_rows"u8, DType.Int32, x.Device, ends, [experts]);
        RequireDense("expert_rows"u8, x.DType, x.Device, result, [rows, n]);
        var y = result ?? Tensor.Empty([rows, n], x.DType, x.Device);
        var flops = 2.0 * rows * k * n;
        if (!Starts(x.Device, flops, x, stored, ends, result, y))
            return y;
        if (result is not null && result.DataPointer % VectorBytes != 0)
            throw Ops.Refuse("expert_rows"u8, $"{result} does not start at a multiple of {VectorBytes} bytes");
        var tile =
            rows < (long)FewExpertRows * experts ? new GroupedTile(16, 64, 128)
            : n <= NarrowColumns ? new GroupedTile(128, NarrowColumns, BlockThreads)
            : new GroupedTile(rows < (long)SomeExpertRows * experts ? 64 : 128, 128, BlockThreads);
        // Each expert with rows may leave one tile partly empty. The host does not know where they end: tiles beyond the last do nothing.
        var tiles = rows / tile.Rows + Math.Min(experts, rows);
        using var scope = new TensorScope();
        var launch = new KernelLaunch(KernelSource.Grouped, (deep ? "grouped_rows_deep_" : "grouped_rows_flat_") + tile.Name)
        {
            Flops = flops,
        };
        launch.Push(Aligned(x), Aligned(stored), ends, y);
        launch.Push(experts, n, k, tiles);
        launch.Push((float)scale);
        launch.Push(result is null ? 0 : 1);
        launch.Run(x.Device, tiles * ((n + tile.Columns - 1) / tile.Columns), 1, tile.Threads);
        return y;
    }

    /// <summary>
    /// Each expert's Σ aᵀ b over its rows: (M, n) and (M, k) give (E, n, k), zeros for an expert without rows. CUDA, bf16; n and k must be
    /// multiples of 8.
    /// </summary>
    /// <param name="a">(M, n), rows sorted by expert.</param>
    /// <param name="b">(M, k)</param>
    /// <param name="ends">(E) int32: the end of each expert's rows, the last of them M.</param>
    public static Tensor ExpertOuter(Tensor a, Tensor b, Tensor ends)
    {
        if (
            a.Rank != 2
            || b.Rank != 2
            || ends.Rank != 1
            || a.Size(0) != b.Size(0)
            || !HasExpertKernels(a.Size(1), b.Size(1))
            || a.Size(0) > int.MaxValue
        )
            throw Ops.Refuse("expert_outer"u8, $"{a} by {b}: sizes do not match, or are not multiples of {VectorWidth}");
        OnlyBFloat16("expert_outer"u8, a);
        var (rows, experts, n, k) = (a.Size(0), ends.Size(0), (int)a.Size(1), (int)b.Size(1));
        RequireDense("expert_outer"u8, a.DType, a.Device, a, a.Sizes);
        RequireDense("expert_outer"u8, a.DType, a.Device, b, b.Sizes);
        RequireDense("expert_outer"u8, DType.Int32, a.Device, ends, [experts]);
        var sums = Tensor.Empty([experts, n, k], a.DType, a.Device);
        var flops = 2.0 * rows * n * k;
        if (!Starts(a.Device, flops, a, b, ends, sums))
            return sums;
        var tile = new GroupedTile(
            n <= NarrowColumns ? NarrowColumns : 128,
            n > NarrowColumns && k <= NarrowColumns ? NarrowColumns : 128,
            BlockThreads
        );
        using var scope = new TensorScope();
        var launch = new KernelLaunch(KernelSource.Grouped, "grouped_outer_" + tile.Name) { Flops = flops };
        launch.Push(Aligned(a), Aligned(b), ends, sums);
        launch.Push(experts, n, k);
        launch.Run(a.Device, experts * ((n + tile.Rows - 1) / tile.Rows) * ((k + tile.Columns - 1) / tile.Columns), 1, tile.Threads);
        return sums;
    }
}
