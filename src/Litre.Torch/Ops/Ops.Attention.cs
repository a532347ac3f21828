using Litre.Torch.Native;

namespace Litre.Torch;

public static partial class Ops
{
    /// <summary>
    /// Attention on the CPU without the score matrix: (B, N, Tq, D) by (B, N, Tk, D) gives (B, N, Tq, D) and the
    /// log-sum-exp (B, N, Tq) for the backward. Any strides are supported as long as D is dense.
    /// </summary>
    public static (Tensor Y, Tensor LogSumExp) FlashAttentionCpu(Tensor q, Tensor k, Tensor v, bool causal, double scale)
    {
        Same("aten::_scaled_dot_product_flash_attention_for_cpu"u8, q, k);
        if (q.Rank != 4 || !k.Sizes.SequenceEqual(v.Sizes) || q.Size(0) != k.Size(0) || q.Size(1) != k.Size(1) || q.Size(3) != k.Size(3))
            throw Refuse("aten::_scaled_dot_product_flash_attention_for_cpu"u8, $"q {q}, k {k}, v {v}: sizes do not match");
        var statistics = q.Sizes[..3];
        var wide = q.DType.Accumulate();
        var flops = AttentionFlops(q.Count, k.Size(2), causal);
        if (q.Device.IsMeta)
            return (MetaAttention(flops, q, q, k, v), Meta(statistics, wide, q.Device));
        var call = new OpCall("aten::_scaled_dot_product_flash_attention_for_cpu"u8) { Flops = flops };
        call.Push(q);
        call.Push(k);
        call.Push(v);
        call.Push(0.0);
        call.Push(causal);
        call.PushNone();
        call.PushOptional(scale);
        call.Run();
        Calls++;
        return (call.Result(0, q.Sizes, q.DType, q.Device), call.Result(1, statistics, wide, q.Device));
    }

    /// <summary>Gradients of <see cref="FlashAttentionCpu"/> for q, k and v.</summary>
    public static (Tensor DQ, Tensor DK, Tensor DV) FlashAttentionCpuBackward(
        Tensor dY,
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor y,
        Tensor logSumExp,
        bool causal,
        double scale
    )
    {
        Same("aten::_scaled_dot_product_flash_attention_for_cpu_backward"u8, dY, q);
        SameSizes("aten::_scaled_dot_product_flash_attention_for_cpu_backward"u8, dY, q);
        var flops = BackwardFactor * AttentionFlops(q.Count, k.Size(2), causal);
        if (q.Device.IsMeta)
        {
            return (MetaAttention(flops, q, dY, q, k, v, y), Meta(k.Sizes, q.DType, q.Device), Meta(v.Sizes, q.DType, q.Device));
        }
        var call = new OpCall("aten::_scaled_dot_product_flash_attention_for_cpu_backward"u8) { Flops = flops };
        call.Push(dY);
        call.Push(q);
        call.Push(k);
        call.Push(v);
        call.Push(y);
        call.Push(logSumExp);
        call.Push(0.0);
        call.Push(causal);
        call.PushNone();
        call.PushOptional(scale);
        call.Run();
        Calls++;
        return (
            call.Result(0, q.Sizes, q.DType, q.Device),
            call.Result(1, k.Sizes, q.DType, q.Device),
            call.Result(2, v.Sizes, q.DType, q.Device)
        );
    }

    /// <summary>
    /// Attention over packed sequences on CUDA: q (Tq, N, D), k and v (Tk, K, D) with their boundaries; grouped
    /// query heads are supported directly. Causal masks are aligned at the sequences' ends. bf16 or float16. Where a sequence's keys
    /// do not fill their rows, <c>usedK</c> (S) int32 gives the number that count.
    /// </summary>
    /// <returns>The result (Tq, N, D), the log-sum-exp (N, Tq) float32, and the random state that the backward needs.</returns>
    public static (Tensor Y, Tensor LogSumExp, Tensor Seed, Tensor Offset) FlashAttentionVarlen(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor cuSeqlensQ,
        Tensor cuSeqlensK,
        long maxQ,
        long maxK,
        bool causal,
        double scale,
        Tensor? usedK = null
    )
    {
        Same("aten::_flash_attention_forward"u8, q, k);
        if (q.Rank != 3 || !k.Sizes.SequenceEqual(v.Sizes) || q.Size(2) != k.Size(2) || q.Size(1) % k.Size(1) != 0)
            throw Refuse("aten::_flash_attention_forward"u8, $"q {q}, k {k}, v {v}: sizes do not match");
        long[] statistics = [q.Size(1), q.Size(0)];
        var flops = AttentionFlops(q.Count, MeanKeys(k, cuSeqlensK), causal);
        if (q.Device.IsMeta)
        {
            return (
                MetaAttention(flops, q, q, k, v),
                Meta(statistics, DType.Float32, q.Device),
                Meta([2], DType.UInt64, q.Device),
                Meta([], DType.UInt64, q.Device)
            );
        }
        var call = new OpCall("aten::_flash_attention_forward"u8) { Flops = flops };
        call.Push(q);
        call.Push(k);
        call.Push(v);
        call.PushOptional(cuSeqlensQ);
        call.PushOptional(cuSeqlensK);
        call.Push(maxQ);
        call.Push(maxK);
        call.Push(0.0);
        call.Push(causal);
        call.Push(false);
        call.PushOptional(scale);
        call.PushNone();
        call.PushNone();
        call.PushOptional(usedK);
        call.PushNone();
        call.Run();
        Calls++;
        call.Discard(4);
        return (
            call.Result(0, q.Sizes, q.DType, q.Device),
            call.Result(1, statistics, DType.Float32, q.Device),
            call.Result(2, [2], DType.UInt64, q.Device),
            call.Result(3, [], DType.UInt64, q.Device)
        );
    }

    /// <summary>Gradients of <see cref="FlashAttentionVarlen"/> for q, k and v.</summary>
    public static (Tensor DQ, Tensor DK, Tensor DV) FlashAttentionVarlenBackward(
        Tensor dY,
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor y,
        Tensor logSumExp,
        Tensor cuSeqlensQ,
        Tensor cuSeqlensK,
        long maxQ,
        long maxK,
        bool causal,
        Tensor seed,
        Tensor offset,
        double scale
    )
    {
        Same("aten::_flash_attention_backward"u8, dY, q);
        SameSizes("aten::_flash_attention_backward"u8, dY, q);
        var flops = BackwardFactor * AttentionFlops(q.Count, MeanKeys(k, cuSeqlensK), causal);
        if (q.Device.IsMeta)
        {
            Tally?.NoteWorkspace(
                VarlenBackwardWorkspace(q.Size(0), q.Size(1), k.Size(0), k.Size(1), q.Size(2), q.DType, cuSeqlensQ.Size(0) - 1)
            );
            return (MetaAttention(flops, q, dY, q, k, v, y), Meta(k.Sizes, q.DType, q.Device), Meta(v.Sizes, q.DType, q.Device));
        }
        var call = new OpCall("aten::_flash_attention_backward"u8) { Flops = flops };
        call.Push(dY);
        call.Push(q);
        call.Push(k);
        call.Push(v);
        call.Push(y);
        call.Push(logSumExp);
        call.Push(cuSeqlensQ);
        call.Push(cuSeqlensK);
        call.Push(maxQ);
        call.Push(maxK);
        call.Push(0.0);
        call.Push(causal);
        call.Push(seed);
        call.Push(offset);
        call.PushOptional(scale);
        call.PushNone();
        call.PushNone();
        call.Run();
        Calls++;
        return (
            call.Result(0, q.Sizes, q.DType, q.Device),
            call.Result(1, k.Sizes, q.DType, q.Device),
            call.Result(2, v.Sizes, q.DType, q.Device)
        );
    }

    /// <summary>
    /// Attention over equal sequences on CUDA by cuDNN: q (B, N, L, D), k and v (B, K, L, D) with any strides as long as D is dense;
    /// grouped query heads are supported directly. bf16 or float16. cuDNN makes a plan for every new shape, which takes far longer than one
    /// call.
    /// </summary>
    /// <returns>The result (B, N, L, D), laid out as (B, L, N, D), the log-sum-exp (B, N, L, 1) float32, and the random state the
    /// backward needs.</returns>
    public static unsafe (Tensor Y, Tensor LogSumExp, Tensor Seed, Tensor Offset) CudnnAttention(
        Tensor q,
        Tensor k,
        Tensor v,
        bool causal,
        double scale
    )
    {
        var op = "aten::_scaled_dot_product_cudnn_attention"u8;
        SameBatches(op, q, k, v);
        long[] statistics = [q.Size(0), q.Size(1), q.Size(2), 1];
        var flops = AttentionFlops(q.Count, k.Size(2), causal);
        if (q.Device.IsMeta)
        {
            return (
                MetaAttention(flops, CudnnGain, q, q, k, v),
                Meta(statistics, DType.Float32, q.Device),
                Meta([], DType.Int64, q.Device),
                Meta([], DType.Int64, q.Device)
            );
        }
        OpCall.DisableGradMode();
        Calls++;
        var timer = OperatorTimer.Start();
        nint y,
            lse,
            startsQ,
            startsK,
            seed,
            offset,
            mask;
        long longestQ,
            longestK;
        OpCall.Check(
            TorchApi.aoti_torch_cuda__scaled_dot_product_cudnn_attention(
                q.Handle,
                k.Handle,
                v.Handle,
                null,
                1,
                0,
                causal ? 1 : 0,
                0,
                &scale,
                &y,
                &lse,
                &startsQ,
                &startsK,
                &longestQ,
                &longestK,
                &seed,
                &offset,
                &mask
            )
        );
        foreach (var unused in (ReadOnlySpan<nint>)[startsQ, startsK, mask])
            OpCall.Check(TorchApi.aoti_torch_delete_tensor_object(unused));
        var result = Tensor.FromHandle(y, q.Sizes, q.DType, q.Device, op);
        timer.Stop(op, flops, result, q, k, v);
        return (
            result,
            Tensor.FromHandle(lse, statistics, DType.Float32, q.Device, op),
            Tensor.FromHandle(seed, [], DType.Int64, q.Device, op),
            Tensor.FromHandle(offset, [], DType.Int64, q.Device, op)
        );
    }

    /// <summary>Gradients of <see cref="CudnnAttention"/> for q, k and v, of their sizes and laid out as (B, L, N, D).</summary>
    public static (Tensor DQ, Tensor DK, Tensor DV) CudnnAttentionBackward(
        Tensor dY,
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor y,
        Tensor logSumExp,
        bool causal,
        Tensor seed,
        Tensor offset,
        double scale
    )
    {
        SameBatches("aten::_cudnn_attention_backward"u8, q, k, v);
        SameSizes("aten::_cudnn_attention_backward"u8, dY, q);
        var flops = BackwardFactor * AttentionFlops(q.Count, k.Size(2), causal);
        if (q.Device.IsMeta)
        {
            // Callers use flash attention first (no plan is made for a few calls).
            Tally?.NoteWorkspace(
                Math.Max(
                    CudnnBackwardWorkspace(q),
                    VarlenBackwardWorkspace(
                        q.Size(0) * q.Size(2),
                        q.Size(1),
                        k.Size(0) * k.Size(2),
                        k.Size(1),
                        q.Size(3),
                        q.DType,
                        q.Size(0)
                    )
                )
            );
            return (MetaAttention(flops, CudnnGain, q, dY, q, k, v, y), Meta(k.Sizes, q.DType, q.Device), Meta(v.Sizes, q.DType, q.Device));
        }
        var call = new OpCall("aten::_cudnn_attention_backward"u8) { Flops = flops };
        call.Push(dY);
        call.Push(q);
        call.Push(k);
        call.Push(v);
        call.Push(y);
        call.Push(logSumExp);
        call.Push(seed);
        call.Push(offset);
        call.PushUndefined();
        call.PushUndefined();
        call.PushUndefined();
        call.Push(q.Size(2));
        call.Push(k.Size(2));
        call.Push(0.0);
        call.Push(causal);
        call.PushOptional(scale);
        call.Run();
        Calls++;
        return (
            call.Result(0, q.Sizes, q.DType, q.Device),
            call.Result(1, k.Sizes, q.DType, q.Device),
            call.Result(2, v.Sizes, q.DType, q.Device)
        );
    }

    // On an H200, 58 ms of flash attention forward became 36, and 37 ms backward became 26 (docs/log.md).
    private const double CudnnGain = 1.6;

    // dQ in float32, and two numbers per row.
    private static long CudnnBackwardWorkspace(Tensor q) => (q.Count + 2 * q.Count / q.Size(3)) * sizeof(float);

    private static void SameBatches(ReadOnlySpan<byte> op, Tensor q, Tensor k, Tensor v)
    {
        Same(op, q, k);
        if (
            q.Rank != 4
            || !k.Sizes.SequenceEqual(v.Sizes)
            || q.Size(0) != k.Size(0)
            || q.Size(2) != k.Size(2)
            || q.Size(3) != k.Size(3)
            || q.Size(1) % k.Size(1) != 0
        )
            throw Refuse(op, $"q {q}, k {k}, v {v}: sizes do not match");
    }

    // What libtorch's flash attention allocates inside (aten/src/ATen/native/transformers/cuda/flash_attn/flash_api.cpp,
    // mha_varlen_bwd): dQ in float32 and row sums, each with 128 spare rows per sequence, and with grouped heads dK and dV of
    // every query head.
    private static long VarlenBackwardWorkspace(long queries, long heads, long keys, long keyHeads, long width, DType dtype, long sequences)
    {
        var bytes = (queries + 128 * sequences) * heads * ((width + 31) / 32 * 32 + 1) * sizeof(float);
        return heads == keyHeads ? bytes : bytes + 2 * keys * heads * width * dtype.Bytes();
    }

    // Five products instead of two: the scores again, and one for each of dV, dP, dQ and dK.
    private const double BackwardFactor = 2.5;

    // Two products of each query with each key that it attends to, times the width of a head.
    internal static double AttentionFlops(long queryElements, double keys, bool causal) => 4.0 * queryElements * keys / (causal ? 2 : 1);

    // Mean number of keys per sequence: if lengths differ, slightly less than what is computed.
    internal static double MeanKeys(Tensor k, Tensor cuSeqlens) => (double)k.Size(0) / Math.Max(1, cuSeqlens.Size(0) - 1);
}
