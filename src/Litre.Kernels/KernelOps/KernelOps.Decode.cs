using System.Globalization;
using Litre.Torch;

namespace Litre.Kernels;

/// <content>Litre's own kernel for attention of new tokens over a cache; shapes as in decode.cu.</content>
public static partial class KernelOps
{
    private const int MaxGroup = 8;

    // Keys per block. Few, so that there are many blocks, but not so few that combining their results takes longer than computing them.
    private const int ShortSpan = 128,
        LongSpan = 512,
        ShortCapacity = 4096;

    /// <summary>Whether there is a kernel for these numbers and this width of heads: <see cref="AttendCache"/>.</summary>
    public static bool HasAttendKernel(long heads, long keyHeads, long width) =>
        width is 16 or 64 or 128 && heads % keyHeads == 0 && (heads / keyHeads is 1 or 2 or 4 || heads / keyHeads % MaxGroup == 0);

    /// <summary>
    /// Attention of one new token per sequence over all of its tokens so far. The new token's key and value are first written to
    /// the
    /// last cache row that its sequence uses. CUDA, bf16.
    /// </summary>
    /// <param name="q">(S, N, D); heads and D dense.</param>
    /// <param name="k">(S, K, D) of the new tokens; heads and D dense.</param>
    /// <param name="v">(S, K, D) of the new tokens; heads and D dense.</param>
    /// <param name="keys">(R, K, D): the cache, which is written to.</param>
    /// <param name="values">(R, K, D): the cache, which is written to.</param>
    /// <param name="starts">(S + 1) int32: the first row of each sequence.</param>
    /// <param name="used">(S) int32: rows used by each, including the new token's; at least 1.</param>
    /// <param name="capacity">The maximum number of rows that a sequence can use.</param>
    /// <param name="scale">The factor of the scores.</param>
    /// <returns>(S, N, D)</returns>
    public static Tensor AttendCache(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor keys,
        Tensor values,
        Tensor starts,
        Tensor used,
        long capacity,
        double scale
    )
    {
        if (q.Rank != 3 || k.Rank != 3 || keys.Rank != 3 || capacity < 1 || !HasAttendKernel(q.Size(1), k.Size(1), q.Size(2)))
            throw Ops.Refuse("attend"u8, $"no kernel supports q {q}, k {k} and cache {keys}");
        OnlyBFloat16("attend"u8, q);
        var (device, sequences, heads, keyHeads, width) = (q.Device, q.Size(0), q.Size(1), k.Size(1), q.Size(2));
        Heads(q, heads);
        Heads(k, keyHeads);
        Heads(v, keyHeads);
        RequireDense("attend"u8, q.DType, device, keys, [keys.Size(0), keyHeads, width]);
        RequireDense("attend"u8, q.DType, device, values, keys.Sizes);
        RequireDense("attend"u8, DType.Int32, device, starts, [sequences + 1]);
        RequireDense("attend"u8, DType.Int32, device, used, [sequences]);
        var group = Math.Min(MaxGroup, heads / keyHeads);
        var groups = heads / keyHeads / group;
        var span = capacity <= ShortCapacity ? ShortSpan : LongSpan;
        var splits = (capacity + span - 1) / span;
        var y = Tensor.Empty([sequences, heads, width], q.DType, device);
        using var parts =
            splits == 1 ? null : Tensor.Empty([sequences * keyHeads * groups * splits, group, width + 2], DType.Float32, device);
        if (Starts(device, Ops.AttentionFlops(q.Count, Ops.MeanKeys(keys, starts), causal: false), q, k, v, keys, values, parts, y))
        {
            using var scope = new TensorScope();
            var (queries, newKeys, newValues) = (Aligned(q), Aligned(k), Aligned(v));
            var launch = new KernelLaunch(KernelSource.Decode, string.Create(CultureInfo.InvariantCulture, $"attend_{width}_{group}"));
            launch.Push(queries, newKeys, newValues, keys, values, starts, used, parts, y);
            launch.Push(sequences, keyHeads, groups, queries.Strides[0], newKeys.Strides[0], newValues.Strides[0], splits, span);
            launch.Push((float)scale);
            launch.Run(device, sequences * keyHeads * groups * splits, 1, BlockThreads);
        }
        if (parts is not null && Starts(device, parts, used, y))
        {
            var launch = new KernelLaunch(KernelSource.Decode, string.Create(CultureInfo.InvariantCulture, $"attend_join_{width}"));
            launch.Push(parts, used, y);
            launch.Push(sequences, heads, group, splits, span);
            launch.Run(device, sequences * heads, BlockThreads / WarpThreads, BlockThreads);
        }
        return y;

        void Heads(Tensor x, long count)
        {
            if (
                x.DType != q.DType
                || x.Device != device
                || !x.Sizes.SequenceEqual([sequences, count, width])
                || x.Strides[2] != 1
                || x.Strides[1] != width
                || x.Strides[0] % VectorWidth != 0
            )
                throw Ops.Refuse(
                    "attend"u8,
                    $"{x} with strides {Shape.Text(x.Strides)}, expected rows of ({count}, {width}) {q.DType.Name()} on {device}"
                );
        }
    }
}
