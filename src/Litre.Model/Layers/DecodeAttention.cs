using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Attention of one new token of each sequence over its cache, in a kernel that distributes long sequences over many blocks and reads a
/// key once for all heads that share it. Without such a kernel, <see cref="AttentionKernel"/> computes the same.
/// </summary>
/// <remarks>S sequences, N heads, K key/value heads, D head width.</remarks>
public static class DecodeAttention
{
    /// <summary>The kernel, and whether a device supports it.</summary>
    public static FusedOperation Kernel { get; } = new("attention over a cache", Check);

    /// <summary>Whether the kernel supports new tokens with these queries.</summary>
    /// <param name="q">(S, N, D)</param>
    /// <param name="k">(S, K, D)</param>
    /// <param name="layout">The layout of the queries.</param>
    /// <param name="keys">The keys of the cache.</param>
    /// <param name="kernels">The kernels that may be used.</param>
    public static bool Supports(Tensor q, Tensor k, SequenceLayout layout, SequenceLayout keys, KernelPolicy kernels) =>
        layout.Longest == 1
        && keys.Used is not null
        && layout.Sequences == keys.Sequences
        && q.Size(0) == keys.Sequences
        && KernelOps.HasAttendKernel(q.Size(1), k.Size(1), q.Size(2))
        && Kernel.Supports(q.DType, q.Device, kernels.Options);

    /// <param name="q">(S, N, D), heads dense.</param>
    /// <param name="k">(S, K, D), of the new tokens, heads dense.</param>
    /// <param name="v">(S, K, D)</param>
    /// <param name="keys">(R, K, D): the cache, to which they are added.</param>
    /// <param name="values">(R, K, D)</param>
    /// <param name="layout">The layout of the cache, with the new tokens.</param>
    /// <returns>(S, N, D)</returns>
    public static Tensor Forward(Tensor q, Tensor k, Tensor v, Tensor keys, Tensor values, SequenceLayout layout) =>
        KernelOps.AttendCache(q, k, v, keys, values, layout.CuSeqlens, layout.Used!, layout.Longest, 1 / Math.Sqrt(q.Size(2)));

    /// <summary>
    /// The kernel's reference implementation, with two scattered copies and <see cref="AttentionKernel"/>: the host knows where the new
    /// tokens' rows are.
    /// </summary>
    /// <inheritdoc cref="Forward"/>
    public static Tensor Plain(Tensor q, Tensor k, Tensor v, Tensor keys, Tensor values, SequenceLayout layout)
    {
        using var scope = new TensorScope();
        var sequences = Enumerable.Range(0, layout.Sequences).ToList();
        var rows = Tensor.From<long>([.. sequences.Select(s => (long)layout.Start(s) + layout.Length(s) - 1)], q.Device);
        Ops.SetRowsInPlace(keys, rows, k);
        Ops.SetRowsInPlace(values, rows, v);
        using var queries = new SequenceLayout([.. sequences.Select(_ => 1)], q.Device);
        return scope.Return(AttentionKernel.Forward(q, keys, values, queries, causal: true, Pass.Inference, new KernelPolicy(), layout).Y);
    }

    // Short and long spans, one and several, a sequence of a single token among them.
    private static double Check(Device device)
    {
        var worst = 0.0;
        foreach (
            var (heads, keyHeads, width, capacity) in ((int, int, int, int)[])
                [(4, 2, 16, 100), (8, 2, 64, 600), (16, 2, 128, 300), (8, 1, 128, 4200)]
        )
        {
            using var scope = new TensorScope();
            int[] lengths = [1, capacity / 2, capacity];
            using var layout = SequenceLayout.Growing([.. lengths.Select((_, s) => s * capacity)], lengths, capacity, device);
            var (q, k, v) = (Sample(1, lengths.Length, heads), Sample(2, lengths.Length, keyHeads), Sample(3, lengths.Length, keyHeads));
            var (keys, values) = (Sample(4, lengths.Length * capacity, keyHeads), Sample(5, lengths.Length * capacity, keyHeads));
            var (plainKeys, plainValues) = (keys.Clone(), values.Clone());
            var (found, expected) = (Forward(q, k, v, keys, values, layout), Plain(q, k, v, plainKeys, plainValues, layout));
            if (!KernelSample.AreEqual(keys, plainKeys) || !KernelSample.AreEqual(values, plainValues))
                return double.PositiveInfinity;
            worst = Math.Max(worst, FusedOperation.ErrorOf(found, expected));

            Tensor Sample(int seed, int count, int of) => KernelSample.Normal(device, seed, count, of, width);
        }
        return worst;
    }
}
