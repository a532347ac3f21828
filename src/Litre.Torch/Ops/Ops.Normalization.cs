namespace Litre.Torch;

public static partial class Ops
{
    /// <summary>Layer normalization over the last dimension: result, and mean and reciprocal deviation (…, 1) for the backward.</summary>
    public static (Tensor Y, Tensor Mean, Tensor Rstd) LayerNorm(Tensor x, Tensor weight, Tensor bias, double eps)
    {
        Same("aten::native_layer_norm"u8, x, weight);
        if (weight.Rank != 1 || weight.Size(0) != x.Size(-1) || !bias.Sizes.SequenceEqual(weight.Sizes))
            throw Refuse("aten::native_layer_norm"u8, $"input {x}, weight {weight}, bias {bias}: widths differ");
        var sizes = x.Sizes.ToArray();
        sizes[^1] = 1;
        var statistics = StatisticsType(x);
        if (x.Device.IsMeta)
            return (Meta(x.Sizes, x.DType, x.Device, x), Meta(sizes, statistics, x.Device), Meta(sizes, statistics, x.Device));
        var call = new OpCall("aten::native_layer_norm"u8);
        call.Push(x);
        call.Push((ReadOnlySpan<long>)[x.Size(-1)]);
        call.PushOptional(weight);
        call.PushOptional(bias);
        call.Push(eps);
        call.Run();
        Calls++;
        return (
            call.Result(0, x.Sizes, x.DType, x.Device),
            call.Result(1, sizes, statistics, x.Device),
            call.Result(2, sizes, statistics, x.Device)
        );
    }

    /// <summary>
    /// Gradients of <see cref="LayerNorm"/> or <c>KernelOps.AddLayerNorm</c>; those of weight and bias only if requested.
    /// </summary>
    public static (Tensor DX, Tensor? DWeight, Tensor? DBias) LayerNormBackward(
        Tensor dY,
        Tensor x,
        Tensor mean,
        Tensor rstd,
        Tensor weight,
        Tensor bias,
        bool weights
    )
    {
        Same("aten::native_layer_norm_backward"u8, dY, x);
        SameSizes("aten::native_layer_norm_backward"u8, dY, x);
        if (x.Device.IsMeta)
        {
            return (
                Meta(x.Sizes, x.DType, x.Device, x, dY),
                weights ? Meta(weight.Sizes, x.DType, x.Device) : null,
                weights ? Meta(weight.Sizes, x.DType, x.Device) : null
            );
        }
        using var typedMean = mean.To(StatisticsType(x));
        using var typedRstd = rstd.To(StatisticsType(x));
        var call = new OpCall("aten::native_layer_norm_backward"u8);
        call.Push(dY);
        call.Push(x);
        call.Push((ReadOnlySpan<long>)[x.Size(-1)]);
        call.Push(typedMean);
        call.Push(typedRstd);
        call.PushOptional(weight);
        call.PushOptional(bias);
        call.Push((ReadOnlySpan<bool>)[true, weights, weights]);
        call.Run();
        Calls++;
        var dX = call.Result(0, x.Sizes, x.DType, x.Device);
        if (weights)
            return (dX, call.Result(1, weight.Sizes, x.DType, x.Device), call.Result(2, weight.Sizes, x.DType, x.Device));
        call.Discard(1);
        call.Discard(2);
        return (dX, null, null);
    }

    // The type in which libtorch keeps a row's mean and reciprocal deviation.
    private static DType StatisticsType(Tensor x) => x.Device.UsesCuda ? x.DType.Accumulate() : x.DType;

    /// <summary>
    /// Root-mean-square normalization over the last dimension in one kernel: result and reciprocal root (…, 1) float32.
    /// A weight is applied before rounding to the input's type, unlike the plain form.
    /// </summary>
    public static (Tensor Y, Tensor Rstd) FusedRmsNorm(Tensor x, Tensor? weight, double eps)
    {
        if (weight is not null)
            Same("aten::_fused_rms_norm"u8, x, weight);
        var sizes = x.Sizes.ToArray();
        sizes[^1] = 1;
        if (x.Device.IsMeta)
            return (Meta(x.Sizes, x.DType, x.Device, x), Meta(sizes, DType.Float32, x.Device));
        var call = new OpCall("aten::_fused_rms_norm"u8);
        call.Push(x);
        call.Push((ReadOnlySpan<long>)[x.Size(-1)]);
        call.PushOptional(weight);
        call.PushOptional(eps);
        call.Run();
        Calls++;
        return (call.Result(0, x.Sizes, x.DType, x.Device), call.Result(1, sizes, DType.Float32, x.Device));
    }

    /// <summary>Gradients of <see cref="FusedRmsNorm"/>; the weight's only if requested.</summary>
    public static (Tensor DX, Tensor? DWeight) FusedRmsNormBackward(Tensor dY, Tensor x, Tensor rstd, Tensor? weight, bool weights)
    {
        Same("aten::_fused_rms_norm_backward"u8, dY, x);
        SameSizes("aten::_fused_rms_norm_backward"u8, dY, x);
        if (weights && weight is null)
            throw Refuse("aten::_fused_rms_norm_backward"u8, "no weight to differentiate");
        if (x.Device.IsMeta)
            return (Meta(x.Sizes, x.DType, x.Device, x, dY), weights ? Meta(weight!.Sizes, x.DType, x.Device) : null);
        var call = new OpCall("aten::_fused_rms_norm_backward"u8);
        call.Push(dY);
        call.Push(x);
        call.Push((ReadOnlySpan<long>)[x.Size(-1)]);
        call.Push(rstd);
        call.PushOptional(weight);
        call.Push((ReadOnlySpan<bool>)[true, weights]);
        call.Run();
        Calls++;
        var dX = call.Result(0, x.Sizes, x.DType, x.Device);
        if (weights)
            return (dX, call.Result(1, weight!.Sizes, x.DType, x.Device));
        call.Discard(1);
        return (dX, null);
    }
}
