using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Scaled dot-product attention over packed sequences with grouped query heads, with the best available kernel: on CUDA in bf16,
/// <see cref="EvenAttention"/> if all sequences have the same length and otherwise varlen flash attention, flash attention per sequence
/// on the CPU, and plain products elsewhere (float32 on CUDA, odd head widths, a prompt continued on a cache), which are also the
/// reference for checking the others. If sequences continue after another one, each gets a copy of all keys and values that it attends
/// to: a fraction of what the layer keeps per token, and every kernel can then be used unchanged.
/// </summary>
/// <remarks>T tokens, N heads, K key/value heads, G = N / K, D head width, L length of one sequence, M keys of all sequences.</remarks>
public static class AttentionKernel
{
    /// <summary>What the backward pass reads. The sequences' layout is borrowed, the rest is owned.</summary>
    public sealed record Saved(
        Tensor Q,
        Tensor K,
        Tensor V,
        Tensor Y,
        IReadOnlyList<Tensor> Statistics,
        SequenceLayout Layout,
        bool Causal,
        bool Even,
        KernelPolicy Kernels
    ) : IDisposable
    {
        public void Dispose()
        {
            Q.Dispose();
            K.Dispose();
            V.Dispose();
            Y.Dispose();
            foreach (var tensor in Statistics)
                tensor.Dispose();
        }
    }

    /// <param name="q">(Tq, N, D); D dense.</param>
    /// <param name="k">(Tk, K, D); D dense.</param>
    /// <param name="v">(Tk, K, D)</param>
    /// <param name="layout">Sequences of the queries.</param>
    /// <param name="causal">Each token attends to itself and those before it; masks are aligned at the sequences' ends.</param>
    /// <param name="pass">Whether to save.</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <param name="keys">Sequences of the keys where they are longer than the queries' (a cache).</param>
    /// <returns>(Tq, N, D)</returns>
    public static (Tensor Y, Saved? Saved) Forward(
        Tensor q,
        Tensor k,
        Tensor v,
        SequenceLayout layout,
        bool causal,
        Pass pass,
        KernelPolicy kernels,
        SequenceLayout? keys = null
    )
    {
        using var scope = new TensorScope();
        var scale = 1 / Math.Sqrt(q.Size(2));
        Tensor y;
        List<Tensor> statistics = [];
        var (ownK, ownV) = (k, v);
        var even = keys is null && EvenAttention.IsChosen(q, layout, causal, pass, kernels);
        if (keys is null)
            (k, v, keys) = VisibleKeys(k, v, layout);
        if (even)
        {
            (y, statistics) = EvenAttention.Forward(q, k, v, layout, causal, scale);
        }
        else if (UsesVarlen(q, kernels))
        {
            (y, var lse, var seed, var offset) = Ops.FlashAttentionVarlen(
                q,
                k,
                v,
                layout.CuSeqlens,
                keys.CuSeqlens,
                layout.Longest,
                keys.Longest,
                causal,
                scale,
                keys.Used
            );
            statistics = [lse, seed, offset];
        }
        else
        {
            y = Tensor.Empty(q.Sizes, q.DType, q.Device); // (Tq, N, D)
            for (var s = 0; s < layout.Sequences; s++)
            {
                var (length, keyStart, keyLength) = (layout.Length(s), keys.Start(s), keys.Length(s));
                if (length == 0)
                    continue;
                var qs = Grouped(q, layout.Start(s), length, k.Size(1)); // (K, G, L, D)
                var ks = Grouped(k, keyStart, keyLength, k.Size(1)); // (K, 1, Lk, D)
                var vs = Grouped(v, keyStart, keyLength, k.Size(1));
                var ys = Grouped(y, layout.Start(s), length, k.Size(1));
                if (UsesFlash(q, causal, length, keyLength, kernels))
                {
                    var shape = (ReadOnlySpan<long>)[ks.Size(0), qs.Size(1), keyLength, ks.Size(3)];
                    var (part, lse) = Ops.FlashAttentionCpu(qs, ks.Expand(shape), vs.Expand(shape), causal && length > 1, scale);
                    ys.CopyFrom(part);
                    statistics.Add(lse);
                }
                else
                {
                    ys.CopyFrom(Plain(qs, ks, vs, causal, scale, out var probabilities));
                    if (pass.Save)
                        statistics.Add(probabilities);
                }
            }
        }
        Saved? saved = null;
        if (pass.Save)
        {
            foreach (var tensor in statistics)
                TensorScope.Keep(tensor);
            saved = new Saved(
                TensorScope.Keep(q.Alias()),
                TensorScope.Keep(ownK.Alias()),
                TensorScope.Keep(ownV.Alias()),
                TensorScope.Keep(y.Alias()),
                statistics,
                layout,
                causal,
                even,
                kernels
            );
        }
        return (scope.Return(y), saved);
    }

    /// <param name="dY">(T, N, D)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <returns>Gradients of q (T, N, D), k and v (T, K, D), dense.</returns>
    public static (Tensor DQ, Tensor DK, Tensor DV) Backward(Tensor dY, Saved saved)
    {
        using var scope = new TensorScope();
        var (q, layout) = (saved.Q, saved.Layout);
        var (k, v, keys) = VisibleKeys(saved.K, saved.V, layout);
        var scale = 1 / Math.Sqrt(q.Size(2));
        Tensor dQ,
            dK,
            dV;
        if (saved.Even)
        {
            (dQ, dK, dV) = EvenAttention.Backward(dY, q, k, v, saved.Y, saved.Statistics, layout, saved.Causal, scale);
        }
        else if (UsesVarlen(q, saved.Kernels))
        {
            (dQ, dK, dV) = Ops.FlashAttentionVarlenBackward(
                dY,
                q,
                k,
                v,
                saved.Y,
                saved.Statistics[0],
                layout.CuSeqlens,
                keys.CuSeqlens,
                layout.Longest,
                keys.Longest,
                saved.Causal,
                saved.Statistics[1],
                saved.Statistics[2],
                scale
            );
        }
        else
        {
            dQ = Tensor.Empty(q.Sizes, q.DType, q.Device);
            dK = Tensor.Empty(k.Sizes, q.DType, q.Device);
            dV = Tensor.Empty(k.Sizes, q.DType, q.Device);
            var index = 0;
            for (var s = 0; s < layout.Sequences; s++)
            {
                var (sequence, heads) = (s, k.Size(1));
                if (layout.Length(s) == 0)
                    continue;
                Tensor Queries(Tensor x) => Grouped(x, layout.Start(sequence), layout.Length(sequence), heads);
                Tensor Keys(Tensor x) => Grouped(x, keys.Start(sequence), keys.Length(sequence), heads);
                BackwardSequence(
                    saved.Kernels,
                    Queries(q),
                    Keys(k),
                    Keys(v),
                    Queries(saved.Y),
                    saved.Statistics[index++],
                    saved.Causal,
                    scale,
                    Queries(dY),
                    Queries(dQ),
                    Keys(dK),
                    Keys(dV)
                );
            }
        }
        if (layout.KeyRows is { } rows)
            (dK, dV) = Gathered(dK, dV, rows, saved.K.Size(0));
        saved.Dispose();
        return (scope.Return(dQ), scope.Return(dK), scope.Return(dV));
    }

    // One sequence: q, y, dY, dQ (K, G, L, D), k, v, dK, dV (K, 1, Lk, D); the gradients are written.
    private static void BackwardSequence(
        KernelPolicy kernels,
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor y,
        Tensor statistics,
        bool causal,
        double scale,
        Tensor dY,
        Tensor dQ,
        Tensor dK,
        Tensor dV
    )
    {
        using var scope = new TensorScope();
        if (UsesFlash(q, causal, q.Size(2), k.Size(2), kernels))
        {
            var shape = (ReadOnlySpan<long>)[k.Size(0), q.Size(1), k.Size(2), k.Size(3)];
            var (dq, dk, dv) = Ops.FlashAttentionCpuBackward(
                dY,
                q,
                k.Expand(shape),
                v.Expand(shape),
                y,
                statistics,
                causal && q.Size(2) > 1,
                scale
            ); // (K, G, L, D), (K, G, Lk, D)
            dQ.CopyFrom(dq);
            dK.CopyFrom(Ops.Sum(dk, 1, keep: true));
            dV.CopyFrom(Ops.Sum(dv, 1, keep: true));
            return;
        }
        var (heads, rows, width) = (q.Size(0), q.Size(1) * q.Size(2), q.Size(3));
        var p = statistics.View(heads, rows, -1); // (K, G L, Lk)
        var q2 = q.Contiguous().View(heads, rows, width);
        var dY2 = dY.Contiguous().View(heads, rows, width);
        var dP = Ops.BatchMatMul(dY2, v.View3().Transposed()); // (K, G L, Lk)
        var dS = Ops.Mul(Ops.SoftmaxBackward(dP.To(p.DType), p), scale).To(q.DType); // (K, G L, Lk)
        dV.CopyFrom(Ops.BatchMatMul(p.To(q.DType).Transposed(), dY2).View(heads, 1, -1, width));
        dQ.CopyFrom(Ops.BatchMatMul(dS, k.View3()).View(q.Sizes));
        dK.CopyFrom(Ops.BatchMatMul(dS.Transposed(), q2).View(heads, 1, -1, width));
    }

    // Keys and values as the sequences attend to them: copies in their order if some continue after another.
    private static (Tensor K, Tensor V, SequenceLayout Keys) VisibleKeys(Tensor k, Tensor v, SequenceLayout layout) =>
        layout.KeyRows is { } rows ? (Ops.Rows(k, rows), Ops.Rows(v, rows), layout.Keys!) : (k, v, layout); // (M, K, D)

    // Gradients of those copies (M, K, D), summed where they came from: (T, K, D).
    private static (Tensor DK, Tensor DV) Gathered(Tensor dK, Tensor dV, Tensor rows, long tokens)
    {
        using var scope = new TensorScope();
        var (heads, width) = (dK.Size(1), dK.Size(2));
        var both = Ops.RowsBackward(Ops.Concat([dK, dV], 1).View(-1, 2 * heads * width), rows, tokens).View(tokens, 2 * heads, width);
        return (scope.Return(both.Slice(1, 0, heads).Contiguous()), scope.Return(both.Slice(1, heads, heads).Contiguous()));
    }

    // Scores in float32 and softmax over the keys; p is kept as (K, G, L, Lk) in the accumulation type.
    private static Tensor Plain(Tensor qs, Tensor ks, Tensor vs, bool causal, double scale, out Tensor p)
    {
        var (heads, groups, length, width) = (qs.Size(0), qs.Size(1), qs.Size(2), qs.Size(3));
        var keyLength = ks.Size(2);
        var q2 = qs.Contiguous().View(heads, groups * length, width);
        var scores = Ops.BatchMatMul(q2, ks.View3().Transposed()); // (K, G L, Lk)
        var wide = Ops.Mul(scores.To(qs.DType.Accumulate()), scale).View(heads, groups, length, keyLength);
        if (causal && length > 1)
            wide = Ops.Add(wide, CausalMask((int)length, (int)keyLength, wide.DType, wide.Device));
        p = Ops.Softmax(wide); // (K, G, L, Lk)
        var y = Ops.BatchMatMul(p.To(qs.DType).View(heads, groups * length, keyLength), vs.View3());
        return y.View(heads, groups, length, width);
    }

    // 0 if key j may be seen by query i, else minus infinity; the last query sees the last key.
    private static Tensor CausalMask(int length, int keyLength, DType dtype, Device device)
    {
        var mask = new float[length * keyLength];
        for (var i = 0; i < length; i++)
            mask.AsSpan(i * keyLength + (keyLength - length) + i + 1, keyLength - (keyLength - length) - i - 1)
                .Fill(float.NegativeInfinity);
        using var narrow = Tensor.From<float>(mask, [length, keyLength], device);
        return narrow.To(dtype);
    }

    /// <summary>One sequence of packed heads (T, N, D) as (K, N / K, L, D), without copying.</summary>
    private static Tensor Grouped(Tensor x, long start, long length, long keyHeads)
    {
        var strides = x.Strides;
        var groups = x.Size(1) / keyHeads;
        return x.AsStrided(
            [keyHeads, groups, length, x.Size(2)],
            [groups * strides[1], strides[1], strides[0], strides[2]],
            start * strides[0]
        );
    }

    // (K, 1, L, D) as (K, L, D).
    private static Tensor View3(this Tensor x) =>
        x.AsStrided([x.Size(0), x.Size(2), x.Size(3)], [x.Strides[0], x.Strides[2], x.Strides[3]]);

    /// <summary>Whether these queries (Tq, N, D) use varlen flash attention.</summary>
    public static bool UsesVarlen(Tensor q, KernelPolicy kernels) => UsesVarlen(q.Device, q.DType, q.Size(2), kernels);

    /// <summary>The same by where they are, their type and a head's width.</summary>
    public static bool UsesVarlen(Device device, DType dtype, long width, KernelPolicy kernels) =>
        kernels.Options.UsesFusedAttention && device.UsesCuda && dtype is DType.BFloat16 or DType.Float16 && width % 8 == 0 && width <= 256;

    // Its causal mask is aligned at the sequences' starts, so it is correct only if both have the same length, or one query attends to
    // all.
    private static bool UsesFlash(Tensor q, bool causal, long length, long keyLength, KernelPolicy kernels) =>
        kernels.Options.UsesFusedAttention && !q.Device.UsesCuda && (!causal || length == keyLength || length == 1);
}
