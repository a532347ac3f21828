using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Vision;

/// <summary>Full attention among the patches of one image or frame, rotated in float32.</summary>
/// <remarks>P patches, H hidden, N heads, D head width.</remarks>
public sealed class VisionAttention(WeightSource source, VisionConfig config, VisionBlockKeys keys) : IDisposable
{
    private readonly int _heads = config.Heads;
    private readonly KernelPolicy _kernels = source.Kernels;

    public Linear Qkv { get; } = new(source, keys.Qkv, 3L * config.HiddenSize, config.HiddenSize, bias: true);

    public Linear Projection { get; } = new(source, keys.Projection, config.HiddenSize, config.HiddenSize, bias: true);

    public sealed record Saved(Linear.Saved Qkv, AttentionKernel.Saved Attention, Linear.Saved Projection) : IDisposable
    {
        public void Dispose()
        {
            Qkv.Dispose();
            Attention.Dispose();
            Projection.Dispose();
        }
    }

    /// <param name="x">(P, H), normalized.</param>
    /// <param name="layout">Frames' boundaries.</param>
    /// <param name="rotary">The rotation, in the accumulation type.</param>
    /// <param name="pass">Whether to save.</param>
    public (Tensor Y, Saved? Saved) Forward(Tensor x, SequenceLayout layout, Rotary rotary, Pass pass)
    {
        using var scope = new TensorScope();
        var (qkv, savedQkv) = Qkv.Forward(x, pass); // (P, 3H)
        var rotated = VisionRotation.Forward(qkv, rotary, _heads, _kernels); // (P, 2N, D)
        var v = qkv.View(-1, 3 * _heads, x.Size(1) / _heads).Slice(1, 2 * _heads, _heads); // (P, N, D)
        var (y, savedAttention) = AttentionKernel.Forward(
            rotated.Slice(1, 0, _heads),
            rotated.Slice(1, _heads, _heads),
            v,
            layout,
            causal: false,
            pass,
            _kernels
        );
        var (projected, savedProjection) = Projection.Forward(y.View(-1, x.Size(1)), pass);
        return (scope.Return(projected), pass.Save ? new Saved(savedQkv!, savedAttention!, savedProjection!) : null);
    }

    /// <param name="dY">(P, H)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <param name="rotary">The forward pass's rotary.</param>
    public Tensor Backward(Tensor dY, Saved saved, Rotary rotary)
    {
        using var scope = new TensorScope();
        var width = dY.Size(1) / _heads;
        var dAttended = Projection.Backward(dY, saved.Projection)!.View(-1, _heads, width);
        var (dQ, dK, dV) = AttentionKernel.Backward(dAttended, saved.Attention);
        var dQkv = VisionRotation.Backward(dQ, dK, dV, rotary, _kernels); // (P, 3H)
        return scope.Return(Qkv.Backward(dQkv, saved.Qkv)!);
    }

    public void Dispose()
    {
        Qkv.Dispose();
        Projection.Dispose();
    }
}
