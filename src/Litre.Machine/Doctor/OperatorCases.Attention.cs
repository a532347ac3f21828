using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <content>Attention, against scores, softmax and products written out.</content>
internal static partial class OperatorCases
{
    private static readonly int[] Uneven = [7, 33, 1];
    private static readonly int[] Equal = [33, 33, 33];

    private static IEnumerable<OperatorCase> Attention()
    {
        const string Family = "attention";
        string[] covers =
        [
            nameof(Ops.FlashAttentionVarlen),
            nameof(Ops.FlashAttentionVarlenBackward),
            nameof(Ops.FlashAttentionCpu),
            nameof(Ops.FlashAttentionCpuBackward),
            nameof(Ops.CudnnAttention),
            nameof(Ops.CudnnAttentionBackward),
        ];
        // Text: causal, grouped heads. Vision: a whole image, heads of an odd width.
        yield return new OperatorCase(
            Family,
            "causal attention and backward",
            covers,
            run => Packed(run, Uneven, heads: 6, keyHeads: 2, width: 128, causal: true)
        );
        yield return new OperatorCase(
            Family,
            "full attention and backward",
            covers,
            run => Packed(run, Uneven, heads: 3, keyHeads: 3, width: 72, causal: false)
        );
        yield return new OperatorCase(
            Family,
            "causal attention of equal sequences",
            covers,
            run => Packed(run, Equal, heads: 6, keyHeads: 2, width: 128, causal: true)
        );
        yield return new OperatorCase(
            Family,
            "full attention of equal sequences",
            covers,
            run => Packed(run, Equal, heads: 3, keyHeads: 3, width: 72, causal: false)
        );
        yield return new OperatorCase(Family, "attention on a cache", covers, OnCache);
    }

    private static OperatorPath AttentionPath(CaseRun run, Tensor q, SequenceLayout? layout = null) =>
        layout is not null && EvenAttention.Supports(q, layout, run.Kernels) ? new OperatorPath("cuDNN, equal sequences")
        : AttentionKernel.UsesVarlen(q, run.Kernels) ? new OperatorPath("flash attention, packed")
        : q.Device.UsesCuda ? new OperatorPath("plain products", IsFallback: true)
        : new OperatorPath("flash attention, one sequence at a time");

    private static void Packed(CaseRun run, int[] lengths, int heads, int keyHeads, int width, bool causal)
    {
        var tokens = lengths.Sum();
        var (q, k, v, dY) = (
            run.Normal(tokens, heads, width),
            run.Normal(tokens, keyHeads, width),
            run.Normal(tokens, keyHeads, width),
            run.Normal(tokens, heads, width)
        );
        using var layout = new SequenceLayout(lengths, run.Device);
        run.Path = AttentionPath(run, q.Actual, layout);
        var (y, dQ, dK, dV) = EvenAttention.Supports(q.Actual, layout, run.Kernels)
            ? Even(q.Actual, k.Actual, v.Actual, dY.Actual, layout, causal)
            : AnyLengths(run.Kernels, q.Actual, k.Actual, v.Actual, dY.Actual, layout, causal);
        var exact = Enumerable
            .Range(0, 4)
            .Select(i => Tensor.Zeros((i is 0 or 1 ? q : k).Exact.Sizes, DType.Float64, Device.Cpu))
            .ToArray();
        for (var (s, start) = (0, 0); s < lengths.Length; start += lengths[s++])
        {
            for (var h = 0; h < heads; h++)
            {
                var kh = h / (heads / keyHeads);
                var (qs, ks, vs, ds) = (Head(q.Exact, h), Head(k.Exact, kh), Head(v.Exact, kh), Head(dY.Exact, h));
                var p = Probabilities(qs, ks, causal);
                var scale = 1 / Math.Sqrt(width);
                var dS = Ops.Mul(Ops.SoftmaxBackward(Ops.MatMul(ds, vs.Transposed()), p), scale);
                Head(exact[0], h).CopyFrom(Ops.MatMul(p, vs));
                Head(exact[1], h).CopyFrom(Ops.MatMul(dS, ks));
                // The gradients of a group's query heads are summed in their key head.
                Ops.AddMatMulInPlace(Head(exact[2], kh), dS.Transposed(), qs);
                Ops.AddMatMulInPlace(Head(exact[3], kh), p.Transposed(), ds);
            }

            Tensor Head(Tensor x, int head) => HeadOf(x, head, start, lengths[s]);
        }
        foreach (var (found, wanted) in ((Tensor[])[y, dQ, dK, dV]).Zip(exact))
            run.Compare(found, wanted);
    }

    private static (Tensor Y, Tensor DQ, Tensor DK, Tensor DV) AnyLengths(
        KernelPolicy kernels,
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor dY,
        SequenceLayout layout,
        bool causal
    )
    {
        var (y, saved) = AttentionKernel.Forward(q, k, v, layout, causal, Pass.Training, kernels);
        using var kept = saved; // freed by the backward, unless that fails
        var (dQ, dK, dV) = AttentionKernel.Backward(dY, saved!);
        return (y, dQ, dK, dV);
    }

    // Without the delay that a run has before cuDNN is used.
    private static (Tensor Y, Tensor DQ, Tensor DK, Tensor DV) Even(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor dY,
        SequenceLayout layout,
        bool causal
    )
    {
        var scale = 1 / Math.Sqrt(q.Size(2));
        var (y, statistics) = EvenAttention.Forward(q, k, v, layout, causal, scale);
        var (dQ, dK, dV) = EvenAttention.Backward(dY, q, k, v, y, statistics, layout, causal, scale);
        return (y, dQ, dK, dV);
    }

    // One new token per sequence, whose keys are in rows of a fixed capacity.
    private static void OnCache(CaseRun run)
    {
        const int Heads = 6,
            KeyHeads = 2,
            Width = 128,
            Capacity = 40;
        int[] used = [17, 33];
        var (q, k, v) = (
            run.Normal(used.Length, Heads, Width),
            run.Normal(used.Length * Capacity, KeyHeads, Width),
            run.Normal(used.Length * Capacity, KeyHeads, Width)
        );
        run.Path = AttentionPath(run, q.Actual);
        using var queries = new SequenceLayout([1, 1], run.Device);
        using var keys = new SequenceLayout([0, Capacity], used, run.Device);
        var (y, _) = AttentionKernel.Forward(q.Actual, k.Actual, v.Actual, queries, causal: true, Pass.Inference, run.Kernels, keys);
        var exact = Tensor.Zeros(q.Exact.Sizes, DType.Float64, Device.Cpu);
        for (var s = 0; s < used.Length; s++)
        {
            for (var h = 0; h < Heads; h++)
            {
                var (ks, vs) = (
                    HeadOf(k.Exact, h / (Heads / KeyHeads), s * Capacity, used[s]),
                    HeadOf(v.Exact, h / (Heads / KeyHeads), s * Capacity, used[s])
                );
                HeadOf(exact, h, s, 1).CopyFrom(Ops.MatMul(Probabilities(HeadOf(q.Exact, h, s, 1), ks, causal: false), vs));
            }
        }
        run.Compare(y, exact);
    }

    // softmax(q kᵀ / √D) of one head: (L, D) by (Lk, D) gives (L, Lk).
    private static Tensor Probabilities(Tensor q, Tensor k, bool causal)
    {
        var scores = Ops.Mul(Ops.MatMul(q, k.Transposed()), 1 / Math.Sqrt(q.Size(1)));
        if (!causal)
            return Ops.Softmax(scores);
        var length = (int)q.Size(0);
        var mask = new double[length * length];
        for (var i = 0; i < mask.Length; i++)
            mask[i] = i % length > i / length ? double.NegativeInfinity : 0;
        return Ops.Softmax(Ops.Add(scores, Tensor.From<double>(mask, [length, length], Device.Cpu)));
    }

    // Rows of one head of (T, N, D), as a view (L, D).
    private static Tensor HeadOf(Tensor x, int head, int start, int length) =>
        x.AsStrided([length, x.Size(2)], [x.Strides[0], 1], start * x.Strides[0] + head * x.Strides[1]);
}
