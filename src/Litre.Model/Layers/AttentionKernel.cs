using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Scaled dot-product attention over packed sequences with grouped query heads, by the best kernel at hand:
/// varlen flash attention on CUDA in bf16, flash attention per sequence on the CPU, and plain products elsewhere
/// (float32 on CUDA, odd head widths, a prompt continued on a cache), which also serve as the others' check.
/// </summary>
/// <remarks>T tokens, N heads, K key/value heads, G = N / K, D head width, L length of one sequence.</remarks>
public static class AttentionKernel
{
    /// <summary>Take the plain products everywhere: for tests and for `--plain` runs.</summary>
    public static bool ForcePlain { get; set; }

    /// <summary>What the backward reads. The sequences' layout is borrowed, the rest is owned.</summary>
    public sealed record Saved(
        Tensor Q, Tensor K, Tensor V, Tensor Y, IReadOnlyList<Tensor> Statistics, SequenceLayout Layout, bool Causal) : IDisposable
    {
        public void Dispose()
        {
            Q.Dispose();
            K.Dispose();
            V.Dispose();
            Y.Dispose();
            foreach (var tensor in Statistics) tensor.Dispose();
        }
    }

    /// <param name="q">(Tq, N, D); D dense.</param>
    /// <param name="k">(Tk, K, D); D dense.</param>
    /// <param name="v">(Tk, K, D)</param>
    /// <param name="layout">Sequences of the queries.</param>
    /// <param name="causal">Each token sees itself and those before it; masks are aligned at the sequences' ends.</param>
    /// <param name="pass">Whether to save.</param>
    /// <param name="keys">Sequences of the keys where they are longer than the queries' (a cache).</param>
    /// <returns>(Tq, N, D)</returns>
    public static (Tensor Y, Saved? Saved) Forward(
        Tensor q, Tensor k, Tensor v, SequenceLayout layout, bool causal, Pass pass, SequenceLayout? keys = null)
    {
        using var scope = new TensorScope();
        var scale = 1 / Math.Sqrt(q.Size(2));
        Tensor y;
        List<Tensor> statistics = [];
        if (UsesVarlen(q))
        {
            var other = keys ?? layout;
            (y, var lse, var seed, var offset) = Ops.FlashAttentionVarlen(
                q, k, v, layout.CuSeqlens, other.CuSeqlens, layout.Longest, other.Longest, causal, scale, other.Used);
            statistics = [lse, seed, offset];
        }
        else
        {
            y = Tensor.Empty(q.Sizes, q.DType, q.Device); // (Tq, N, D)
            for (var s = 0; s < layout.Sequences; s++)
            {
                var (length, keyStart, keyLength) = (layout.Length(s), (keys ?? layout).Start(s), (keys ?? layout).Length(s));
                if (length == 0) continue;
                var qs = Grouped(q, layout.Start(s), length, k.Size(1)); // (K, G, L, D)
                var ks = Grouped(k, keyStart, keyLength, k.Size(1)); // (K, 1, Lk, D)
                var vs = Grouped(v, keyStart, keyLength, k.Size(1));
                var ys = Grouped(y, layout.Start(s), length, k.Size(1));
                if (UsesFlash(q) && (!causal || length == keyLength || length == 1))
                {
                    var shape = (ReadOnlySpan<long>)[ks.Size(0), qs.Size(1), keyLength, ks.Size(3)];
                    var (part, lse) = Ops.FlashAttentionCpu(qs, ks.Expand(shape), vs.Expand(shape), causal && length > 1, scale);
                    ys.CopyFrom(part);
                    statistics.Add(lse);
                }
                else
                {
                    ys.CopyFrom(Plain(qs, ks, vs, causal, scale, out var probabilities));
                    if (pass.Save) statistics.Add(probabilities);
                }
            }
        }
        Saved? saved = null;
        if (pass.Save)
        {
            foreach (var tensor in statistics) TensorScope.Keep(tensor);
            saved = new Saved(TensorScope.Keep(q.Alias()), TensorScope.Keep(k.Alias()), TensorScope.Keep(v.Alias()),
                TensorScope.Keep(y.Alias()), statistics, layout, causal);
        }
        return (scope.Return(y), saved);
    }

    /// <param name="dY">(T, N, D)</param>
    /// <param name="saved">Of the forward; freed here.</param>
    /// <returns>Gradients of q (T, N, D), k and v (T, K, D), dense.</returns>
    public static (Tensor DQ, Tensor DK, Tensor DV) Backward(Tensor dY, Saved saved)
    {
        using var scope = new TensorScope();
        var (q, k, v, layout) = (saved.Q, saved.K, saved.V, saved.Layout);
        var scale = 1 / Math.Sqrt(q.Size(2));
        Tensor dQ, dK, dV;
        if (UsesVarlen(q))
        {
            (dQ, dK, dV) = Ops.FlashAttentionVarlenBackward(
                dY, q, k, v, saved.Y, saved.Statistics[0], layout.CuSeqlens, layout.CuSeqlens,
                layout.Longest, layout.Longest, saved.Causal, saved.Statistics[1], saved.Statistics[2], scale);
        }
        else
        {
            dQ = Tensor.Empty(q.Sizes, q.DType, q.Device);
            dK = Tensor.Empty(k.Sizes, q.DType, q.Device);
            dV = Tensor.Empty(k.Sizes, q.DType, q.Device);
            var index = 0;
            for (var s = 0; s < layout.Sequences; s++)
            {
                var (start, length) = (layout.Start(s), layout.Length(s));
                if (length == 0) continue;
                Tensor Part(Tensor x) => Grouped(x, start, length, k.Size(1));
                BackwardSequence(saved, Part, saved.Statistics[index++], dY, dQ, dK, dV, scale);
            }
        }
        saved.Dispose();
        return (scope.Return(dQ), scope.Return(dK), scope.Return(dV));
    }

    private static void BackwardSequence(
        Saved saved, Func<Tensor, Tensor> part, Tensor statistics, Tensor dY, Tensor dQ, Tensor dK, Tensor dV, double scale)
    {
        using var scope = new TensorScope();
        var (qs, ks, vs, dYs) = (part(saved.Q), part(saved.K), part(saved.V), part(dY));
        if (UsesFlash(saved.Q))
        {
            var shape = (ReadOnlySpan<long>)[ks.Size(0), qs.Size(1), ks.Size(2), ks.Size(3)];
            var (dq, dk, dv) = Ops.FlashAttentionCpuBackward(dYs, qs, ks.Expand(shape), vs.Expand(shape),
                part(saved.Y), statistics, saved.Causal && qs.Size(2) > 1, scale); // (K, G, L, D) each
            part(dQ).CopyFrom(dq);
            part(dK).CopyFrom(Ops.Sum(dk, 1, keep: true));
            part(dV).CopyFrom(Ops.Sum(dv, 1, keep: true));
            return;
        }
        var (heads, rows, width) = (qs.Size(0), qs.Size(1) * qs.Size(2), qs.Size(3));
        var p = statistics.View(heads, rows, -1); // (K, G L, L)
        var q2 = qs.Contiguous().View(heads, rows, width);
        var dY2 = dYs.Contiguous().View(heads, rows, width);
        var dP = Ops.BatchMatMul(dY2, vs.View3().Transposed()); // (K, G L, L)
        var dS = Ops.Mul(Ops.SoftmaxBackward(dP.To(p.DType), p), scale).To(qs.DType); // (K, G L, L)
        part(dV).CopyFrom(Ops.BatchMatMul(p.To(qs.DType).Transposed(), dY2).View(heads, 1, -1, width));
        part(dQ).CopyFrom(Ops.BatchMatMul(dS, ks.View3()).View(qs.Sizes));
        part(dK).CopyFrom(Ops.BatchMatMul(dS.Transposed(), q2).View(heads, 1, -1, width));
    }

    // Scores in float32 and softmax over the keys; p is kept as (K, G, L, Lk) in the accumulation type.
    private static Tensor Plain(Tensor qs, Tensor ks, Tensor vs, bool causal, double scale, out Tensor p)
    {
        var (heads, groups, length, width) = (qs.Size(0), qs.Size(1), qs.Size(2), qs.Size(3));
        var keyLength = ks.Size(2);
        var q2 = qs.Contiguous().View(heads, groups * length, width);
        var scores = Ops.BatchMatMul(q2, ks.View3().Transposed()); // (K, G L, Lk)
        var wide = Ops.Mul(scores.To(qs.DType.Accumulate()), scale).View(heads, groups, length, keyLength);
        if (causal && length > 1) wide = Ops.Add(wide, CausalMask((int)length, (int)keyLength, wide.DType, wide.Device));
        p = Ops.Softmax(wide); // (K, G, L, Lk)
        var y = Ops.BatchMatMul(p.To(qs.DType).View(heads, groups * length, keyLength), vs.View3());
        return y.View(heads, groups, length, width);
    }

    // 0 where key j may be seen by query i, else minus infinity; the last query sees the last key.
    private static Tensor CausalMask(int length, int keyLength, DType dtype, Device device)
    {
        var mask = new float[length * keyLength];
        for (var i = 0; i < length; i++)
            mask.AsSpan(i * keyLength + (keyLength - length) + i + 1, keyLength - (keyLength - length) - i - 1).Fill(float.NegativeInfinity);
        using var narrow = Tensor.From<float>(mask, [length, keyLength], device);
        return narrow.To(dtype);
    }

    /// <summary>One sequence of packed heads (T, N, D) as (K, N / K, L, D), without copying.</summary>
    private static Tensor Grouped(Tensor x, long start, long length, long keyHeads)
    {
        var strides = x.Strides;
        var groups = x.Size(1) / keyHeads;
        return x.AsStrided([keyHeads, groups, length, x.Size(2)],
            [groups * strides[1], strides[1], strides[0], strides[2]], start * strides[0]);
    }

    // (K, 1, L, D) as (K, L, D).
    private static Tensor View3(this Tensor x) =>
        x.AsStrided([x.Size(0), x.Size(2), x.Size(3)], [x.Strides[0], x.Strides[2], x.Strides[3]]);

    /// <summary>Whether these queries (Tq, N, D) take varlen flash attention.</summary>
    public static bool UsesVarlen(Tensor q) =>
        !ForcePlain && q.Device.UsesCuda && q.DType is DType.BFloat16 or DType.Float16 && q.Size(2) % 8 == 0 && q.Size(2) <= 256;

    private static bool UsesFlash(Tensor q) => !ForcePlain && !q.Device.UsesCuda;
}
