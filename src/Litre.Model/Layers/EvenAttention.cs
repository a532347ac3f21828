using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Attention over packed sequences of one length: they form a dense batch, for which cuDNN is faster than varlen flash attention.
/// Images of one size are such sequences in the vision tower, samples of one length in the text model. A shape uses flash attention
/// until it has had enough work (<see cref="AttentionWork"/>); data whose lengths always differ never use cuDNN.
/// </summary>
/// <remarks>B sequences of L tokens, T = B L, N heads, K key/value heads, D head width.</remarks>
public static class EvenAttention
{
    /// <summary>Whether a device supports cuDNN, checked against flash attention before its first use.</summary>
    public static FusedOperation Kernel { get; } = new("attention over sequences of equal length", Check);

    /// <summary>Whether cuDNN supports these queries (T, N, D).</summary>
    public static bool Supports(Tensor q, SequenceLayout layout, KernelPolicy kernels) =>
        q.Device.UsesCuda
        && layout.IsEven
        && q.Size(2) <= 128
        && AttentionKernel.UsesVarlen(q, kernels)
        && Kernel.Supports(q.DType, q.Device, kernels.Options);

    /// <summary>
    /// The same, once their shape has had enough work. A plan on a meta device assumes it from the start, with the memory of both
    /// kernels.
    /// </summary>
    public static bool IsChosen(Tensor q, SequenceLayout layout, bool causal, Pass pass, KernelPolicy kernels)
    {
        if (!q.Device.UsesCuda || !layout.IsEven)
            return false;
        if (q.Device.IsMeta)
            return Supports(q, layout, kernels);
        var shape = new AttentionShape(layout.Sequences, layout.Longest, q.Size(1), q.Size(2), causal);
        return kernels.Attention.IsEnough(shape, pass.Save || pass.Repeated, pass.Repeated) && Supports(q, layout, kernels);
    }

    /// <returns>(T, N, D), and what the backward pass needs.</returns>
    public static (Tensor Y, List<Tensor> Statistics) Forward(
        Tensor q,
        Tensor k,
        Tensor v,
        SequenceLayout layout,
        bool causal,
        double scale
    )
    {
        var (y, lse, seed, offset) = Ops.CudnnAttention(Batch(q, layout), Batch(k, layout), Batch(v, layout), causal, scale);
        return (Packed(y, q), [lse, seed, offset]);
    }

    /// <returns>Gradients of q (T, N, D), k and v (T, K, D), dense.</returns>
    public static (Tensor DQ, Tensor DK, Tensor DV) Backward(
        Tensor dY,
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor y,
        IReadOnlyList<Tensor> statistics,
        SequenceLayout layout,
        bool causal,
        double scale
    )
    {
        var (dQ, dK, dV) = Ops.CudnnAttentionBackward(
            Batch(dY, layout),
            Batch(q, layout),
            Batch(k, layout),
            Batch(v, layout),
            Batch(y, layout),
            statistics[0],
            causal,
            statistics[1],
            statistics[2],
            scale
        );
        return (Packed(dQ, q), Packed(dK, k), Packed(dV, v));
    }

    // (T, N, D) as (B, N, L, D), without copying.
    private static Tensor Batch(Tensor x, SequenceLayout layout)
    {
        var strides = x.Strides;
        var length = layout.Longest;
        return x.AsStrided([layout.Sequences, x.Size(1), length, x.Size(2)], [length * strides[0], strides[1], strides[0], strides[2]]);
    }

    // (B, N, L, D), laid out as (B, L, N, D), as the (T, N, D) of a packed tensor.
    private static Tensor Packed(Tensor x, Tensor like) =>
        x.Device.IsMeta ? x.View(like.Sizes) : x.Permute(0, 2, 1, 3).Contiguous().View(like.Sizes);

    private static double Check(Device device)
    {
        const int Length = 96;
        using var layout = new SequenceLayout([Length, Length], device);
        var worst = 0.0;
        foreach (var (heads, keyHeads, width, causal) in (ReadOnlySpan<(int, int, int, bool)>)[(4, 2, 128, true), (3, 3, 72, false)])
        {
            var (q, k, v, dY) = (Normal(1, heads), Normal(2, keyHeads), Normal(3, keyHeads), Normal(4, heads));
            var scale = 1 / Math.Sqrt(width);
            var (y, statistics) = Forward(q, k, v, layout, causal, scale);
            var (dQ, dK, dV) = Backward(dY, q, k, v, y, statistics, layout, causal, scale);
            var (wantedY, lse, seed, offset) = Ops.FlashAttentionVarlen(
                q,
                k,
                v,
                layout.CuSeqlens,
                layout.CuSeqlens,
                Length,
                Length,
                causal,
                scale
            );
            var (wantedQ, wantedK, wantedV) = Ops.FlashAttentionVarlenBackward(
                dY,
                q,
                k,
                v,
                wantedY,
                lse,
                layout.CuSeqlens,
                layout.CuSeqlens,
                Length,
                Length,
                causal,
                seed,
                offset,
                scale
            );
            worst = Math.Max(worst, KernelSample.MaxError((y, wantedY), (dQ, wantedQ), (dK, wantedK), (dV, wantedV)));

            Tensor Normal(int seed, int count) => KernelSample.Normal(device, seed, 2 * Length, count, width);
        }
        return worst;
    }
}
