using Litre.Torch;
using Litre.Torch.Kernels;

namespace Litre.Model.Layers;

/// <summary>
/// Attention of one new token of each sequence over its cache, in a kernel that cuts long sequences into many blocks' work and reads a key
/// once for all heads that share it. Where there is no such kernel, <see cref="AttentionKernel"/> does the same.
/// </summary>
/// <remarks>S sequences, N heads, K key/value heads, D head width.</remarks>
public static class DecodeAttention
{
    /// <summary>The kernel, and whether a device takes it.</summary>
    public static FusedOperation Kernel { get; } = new("attention over a cache", Check);

    /// <summary>Whether the kernel serves new tokens with these queries.</summary>
    /// <param name="q">(S, N, D)</param>
    /// <param name="k">(S, K, D)</param>
    /// <param name="layout">Of the queries.</param>
    /// <param name="keys">Of the cache.</param>
    public static bool Takes(Tensor q, Tensor k, SequenceLayout layout, SequenceLayout keys) =>
        layout.Longest == 1 && keys.Used is not null && layout.Sequences == keys.Sequences && q.Size(0) == keys.Sequences
        && Ops.HasAttendKernel(q.Size(1), k.Size(1), q.Size(2)) && Kernel.Takes(q.DType, q.Device);

    /// <param name="q">(S, N, D), heads dense.</param>
    /// <param name="k">(S, K, D), of the new tokens, heads dense.</param>
    /// <param name="v">(S, K, D)</param>
    /// <param name="keys">(R, K, D): the cache, to which they are added.</param>
    /// <param name="values">(R, K, D)</param>
    /// <param name="layout">Of the cache, with the new tokens.</param>
    /// <returns>(S, N, D)</returns>
    public static Tensor Forward(Tensor q, Tensor k, Tensor v, Tensor keys, Tensor values, SequenceLayout layout) =>
        Ops.AttendCache(q, k, v, keys, values, layout.CuSeqlens, layout.Used!, layout.Longest, 1 / Math.Sqrt(q.Size(2)));

    // Short and long spans, one and several, a sequence of a single token among them.
    private static double Check(Device device)
    {
        var worst = 0.0;
        foreach (var (heads, keyHeads, width, capacity) in ((int, int, int, int)[])[(4, 2, 16, 100), (8, 2, 64, 600), (16, 2, 128, 300), (8, 1, 128, 4200)])
        {
            using var scope = new TensorScope();
            int[] lengths = [1, capacity / 2, capacity];
            int[] starts = [.. lengths.Select((_, s) => s * capacity)];
            using var queries = new SequenceLayout([.. lengths.Select(_ => 1)], device);
            using var layout = SequenceLayout.Growing(starts, lengths, capacity, device);
            var rows = Tensor.From<long>([.. lengths.Select((length, s) => (long)starts[s] + length - 1)], device);
            var (q, k, v) = (Sample(1, lengths.Length, heads), Sample(2, lengths.Length, keyHeads), Sample(3, lengths.Length, keyHeads));
            var (keys, values) = (Sample(4, lengths.Length * capacity, keyHeads), Sample(5, lengths.Length * capacity, keyHeads));
            var (plainKeys, plainValues) = (keys.Clone(), values.Clone());
            Ops.SetRowsInPlace(plainKeys, rows, k);
            Ops.SetRowsInPlace(plainValues, rows, v);
            var found = Forward(q, k, v, keys, values, layout);
            if (!KernelSample.Same(keys, plainKeys) || !KernelSample.Same(values, plainValues)) return double.PositiveInfinity;
            var (expected, _) = AttentionKernel.Forward(q, plainKeys, plainValues, queries, causal: true, Pass.Inference, layout);
            worst = Math.Max(worst, FusedOperation.ErrorOf(found, expected));

            Tensor Sample(int seed, int count, int of) => KernelSample.Normal(device, seed, count, of, width);
        }
        return worst;
    }
}
