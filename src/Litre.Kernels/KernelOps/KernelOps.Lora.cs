using Litre.Torch;

namespace Litre.Kernels;

/// <content>Litre's own kernels for low-rank updates by row; shapes as in lora.cu.</content>
public static partial class KernelOps
{
    /// <summary>The largest rank of a part that the kernels of <see cref="AddLoraRowsInPlace"/> support.</summary>
    public const int MaxLoraRank = 256;

    /// <summary>The length of an entry of their table, in int64: two addresses, rank and stride, scale.</summary>
    public const int LoraEntryWords = 4;

    /// <summary>Whether there are kernels for rows of this width.</summary>
    public static bool HasLoraRows(long inputs) => inputs % VectorWidth == 0;

    /// <summary>Adds to each row the low-rank update of the adapter in its slot. For few rows. CUDA, bf16.</summary>
    /// <param name="y">(S, out), dense; changed.</param>
    /// <param name="x">(S, in), dense; in must be a multiple of 8.</param>
    /// <param name="table">(slots, P, 4) int64: see <see cref="LoraEntryWords"/>; all zeros without an adapter.</param>
    /// <param name="bounds">(P + 1) int32: the first output of each part, and the end of the last.</param>
    /// <param name="slots">(S) int64: the slot of each row, or of each token; negative for none.</param>
    /// <param name="tokens">(S) int64: the token of each row, for rows of experts; otherwise null.</param>
    /// <param name="ends">(E) int32: the end of each expert's rows, which are sorted by expert; otherwise null.</param>
    public static Tensor AddLoraRowsInPlace(
        Tensor y,
        Tensor x,
        Tensor table,
        Tensor bounds,
        Tensor slots,
        Tensor? tokens = null,
        Tensor? ends = null
    )
    {
        if (x.Rank != 2 || y.Rank != 2 || table.Rank != 3 || !HasLoraRows(x.Size(1)))
            throw Ops.Refuse("lora_rows"u8, $"no kernel supports x {x}, y {y} and table {table}");
        OnlyBFloat16("lora_rows"u8, x);
        var (device, rows, inputs, outputs, parts) = (x.Device, x.Size(0), x.Size(1), y.Size(1), table.Size(1));
        RequireDense("lora_rows"u8, x.DType, device, x, [rows, inputs]);
        RequireDense("lora_rows"u8, x.DType, device, y, [rows, outputs]);
        RequireDense("lora_rows"u8, DType.Int64, device, table, [table.Size(0), parts, LoraEntryWords]);
        RequireDense("lora_rows"u8, DType.Int32, device, bounds, [parts + 1]);
        RequireDense("lora_rows"u8, DType.Int64, device, slots, [tokens is null ? rows : slots.Count]);
        RequireDense("lora_rows"u8, DType.Int64, device, tokens, [rows]);
        RequireDense("lora_rows"u8, DType.Int32, device, ends, [ends?.Count ?? 0]);
        var experts = ends?.Count ?? 0;
        using var u = Tensor.Empty([rows, parts, MaxLoraRank], DType.Float32, device);
        if (Starts(device, x, table, slots, u))
        {
            using var scope = new TensorScope();
            var launch = new KernelLaunch(KernelSource.Lora, "lora_shrink");
            launch.Push(Aligned(x), table, slots, tokens, ends, u);
            launch.Push(rows, parts, inputs, experts);
            launch.Run(device, rows * parts, 1, BlockThreads);
        }
        if (Starts(device, u, table, bounds, slots, y))
        {
            var launch = new KernelLaunch(KernelSource.Lora, "lora_expand");
            launch.Push(u, table, bounds, slots, tokens, ends, y);
            launch.Push(rows, parts, outputs, experts);
            launch.Run(device, rows * parts * ((outputs + BlockThreads - 1) / BlockThreads), 1, BlockThreads);
        }
        return y;
    }
}
