using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Root-mean-square normalization (Zhang and Sennrich 2019): computed in float32, rounded, then scaled by the weight. On CUDA one fused
/// kernel, elsewhere plain operators. On CUDA in bf16 it is one of Litre's own, which also adds to the residual stream, forward or
/// backward.
/// </summary>
/// <remarks>T rows, H width.</remarks>
public sealed class RmsNorm(WeightSource source, string module, long width, double eps) : IDisposable
{
    private readonly KernelPolicy _kernels = source.Kernels;

    /// <summary>The kernel for norm and residual, and whether a device supports it.</summary>
    public static FusedOperation ResidualKernel { get; } = new("residual and norm", Check);

    /// <summary>(H)</summary>
    public Parameter Weight { get; } = source.Make(module + ".weight", [width]);

    /// <summary>What the backward pass reads: the input and its reciprocal root mean square (T, 1).</summary>
    public sealed record Saved(Tensor X, Tensor Rstd) : IDisposable
    {
        public void Dispose()
        {
            X.Dispose();
            Rstd.Dispose();
        }
    }

    /// <param name="x">(T, H)</param>
    /// <param name="pass">Whether to save.</param>
    public (Tensor Y, Saved? Saved) Forward(Tensor x, Pass pass)
    {
        using var part = OperatorProfile.Label(ModelPart.Norm);
        using var scope = new TensorScope();
        Tensor y,
            rstd;
        if (SupportsResidual(x))
        {
            (_, y, rstd) = KernelOps.AddRmsNorm(x, null, Weight.Value, eps);
        }
        else if (IsFused(x))
        {
            (y, rstd) = Ops.FusedRmsNorm(x, Weight.Value, eps);
        }
        else
        {
            (var unit, rstd) = Unit(x, eps);
            y = Ops.Mul(unit, Weight.Value);
        }
        var saved = pass.Save ? new Saved(TensorScope.Keep(x.Alias()), TensorScope.Keep(rstd)) : null;
        return (scope.Return(y), saved);
    }

    /// <param name="dY">(T, H)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <returns>dX (T, H)</returns>
    public Tensor Backward(Tensor dY, Saved saved)
    {
        using var part = OperatorProfile.Label(ModelPart.Norm);
        using var scope = new TensorScope();
        Tensor dX;
        if (IsFused(dY))
        {
            (dX, var dWeight) = Ops.FusedRmsNormBackward(dY, saved.X, saved.Rstd, Weight.Value, Weight.Trainable);
            if (dWeight is not null)
                Weight.AddGradient(dWeight);
        }
        else
        {
            if (Weight.Trainable)
            {
                var unit = Ops.Mul(saved.X.To(saved.Rstd.DType), saved.Rstd); // (T, H) f32
                Weight.AddGradient(Ops.Sum(Ops.Mul(dY.To(unit.DType), unit), 0));
            }
            dX = UnitBackward(Ops.Mul(dY, Weight.Value), saved.X, saved.Rstd);
        }
        saved.Dispose();
        return scope.Return(dX);
    }

    /// <summary>The norm of <c>h = x + delta</c>.</summary>
    /// <param name="x">(T, H)</param>
    /// <param name="delta">(T, H); freed here.</param>
    /// <param name="pass">Whether to save.</param>
    /// <returns>h and its norm, (T, H) each.</returns>
    public (Tensor H, Tensor Y, Saved? Saved) AddForward(Tensor x, Tensor delta, Pass pass)
    {
        using var scope = new TensorScope();
        Tensor h,
            y;
        Saved? saved;
        if (SupportsResidual(x))
        {
            (h, y, var rstd) = KernelOps.AddRmsNorm(x, delta, Weight.Value, eps);
            delta.Dispose();
            saved = pass.Save ? new Saved(TensorScope.Keep(h.Alias()), TensorScope.Keep(rstd)) : null;
        }
        else
        {
            h = Ops.Add(x, delta);
            delta.Dispose();
            (y, saved) = Forward(h, pass);
        }
        return (scope.Return(h), scope.Return(y), saved);
    }

    /// <summary>
    /// The gradient of the norm's input where it continues in a residual stream: that stream's gradient and the norm's.
    /// </summary>
    /// <param name="dY">(T, H)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <param name="residual">(T, H)</param>
    /// <returns>dX (T, H)</returns>
    public Tensor BackwardAdd(Tensor dY, Saved saved, Tensor residual)
    {
        using var scope = new TensorScope();
        if (Weight.Trainable || !SupportsResidual(dY))
            return scope.Return(Ops.Add(residual, Backward(dY, saved)));
        var dX = KernelOps.RmsNormBackwardAdd(dY, saved.X, saved.Rstd, Weight.Value, residual);
        saved.Dispose();
        return scope.Return(dX);
    }

    /// <summary>Whether the fused kernel supports rows of this type and device.</summary>
    public static bool IsFused(Tensor x) => x.Device.UsesCuda && x.DType == DType.BFloat16;

    public void Dispose() => Weight.Dispose();

    /// <summary>The normalized input without a weight, in the input's type, and the reciprocal root (…, 1) in float32.</summary>
    internal static (Tensor Unit, Tensor Rstd) Unit(Tensor x, double eps)
    {
        if (IsFused(x))
            return Ops.FusedRmsNorm(x, null, eps);
        using var scope = new TensorScope();
        var wide = x.To(x.DType.Accumulate()); // (…, D)
        var rstd = Ops.Rsqrt(Ops.Add(Ops.Mean(Ops.Mul(wide, wide), -1, keep: true), eps)); // (…, 1)
        return (scope.Return(Ops.Mul(wide, rstd).To(x.DType)), scope.Return(rstd));
    }

    /// <summary>The gradient of <see cref="Unit"/>: r · (dU - u · mean(dU · u)).</summary>
    internal static Tensor UnitBackward(Tensor dUnit, Tensor x, Tensor rstd)
    {
        if (IsFused(x))
            return Ops.FusedRmsNormBackward(dUnit, x, rstd, null, false).DX;
        using var scope = new TensorScope();
        var unit = Ops.Mul(x.To(rstd.DType), rstd); // (…, D) f32
        var wide = dUnit.To(rstd.DType);
        var mean = Ops.Mean(Ops.Mul(wide, unit), -1, keep: true); // (…, 1)
        var dX = Ops.Mul(Ops.Add(wide, Ops.Mul(unit, mean), -1), rstd);
        return scope.Return(dX.To(x.DType));
    }

    private bool SupportsResidual(Tensor x) => x.Rank == 2 && KernelOps.HasResidualNorm(x.Size(-1)) && ResidualKernel.Supports(x, _kernels);

    private static double Check(Device device)
    {
        const double Eps = 1e-6;
        Tensor Draw(int seed, params ReadOnlySpan<long> sizes) => KernelSample.Normal(device, seed, sizes);
        var (x, delta, weight, dY, residual) = (Draw(1, 19, 1032), Draw(2, 19, 1032), Draw(3, 1032), Draw(4, 19, 1032), Draw(5, 19, 1032));
        var (h, y, rstd) = KernelOps.AddRmsNorm(x, delta, weight, Eps);
        var sum = Ops.Add(x, delta);
        var (unit, root) = Unit(sum, Eps);
        var (_, given, _) = KernelOps.AddRmsNorm(sum, null, weight, Eps);
        return KernelSample.MaxError(
            (h, sum),
            (y, Ops.Mul(unit, weight)),
            (given, Ops.Mul(unit, weight)),
            (rstd, root),
            (KernelOps.RmsNormBackwardAdd(dY, sum, root, weight, residual), Ops.Add(residual, UnitBackward(Ops.Mul(dY, weight), sum, root)))
        );
    }
}
