using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Layer normalization with weight and bias (Ba and others 2016), as the vision tower uses it. If something is added to the residual
/// stream before it, one of Litre's kernels does both on CUDA in bf16.
/// </summary>
/// <remarks>P rows, H width.</remarks>
public sealed class LayerNorm(WeightSource source, string module, long width) : IDisposable
{
    // transformers' vision tower fixes it in its code, not in the configuration.
    private const double Eps = 1e-6;

    private readonly KernelPolicy _kernels = source.Kernels;

    /// <summary>The kernel for residual and norm, and whether a device supports it.</summary>
    public static FusedOperation ResidualKernel { get; } = new("residual and layer norm", Check);

    /// <summary>(H)</summary>
    public Parameter Weight { get; } = source.Make(module + ".weight", [width]);

    /// <summary>(H)</summary>
    public Parameter Bias { get; } = source.Make(module + ".bias", [width]);

    public sealed record Saved(Tensor X, Tensor Mean, Tensor Rstd) : IDisposable
    {
        public void Dispose()
        {
            X.Dispose();
            Mean.Dispose();
            Rstd.Dispose();
        }
    }

    /// <param name="x">(P, H)</param>
    /// <param name="pass">Whether to save.</param>
    public (Tensor Y, Saved? Saved) Forward(Tensor x, Pass pass)
    {
        using var scope = new TensorScope();
        var (y, mean, rstd) = Ops.LayerNorm(x, Weight.Value, Bias.Value, Eps);
        var saved = pass.Save ? new Saved(TensorScope.Keep(x.Alias()), TensorScope.Keep(mean), TensorScope.Keep(rstd)) : null;
        return (scope.Return(y), saved);
    }

    /// <summary>The norm of <c>h = x + delta</c>, or of x; it has the same bits whether h is added up here or given.</summary>
    /// <param name="x">(P, H)</param>
    /// <param name="delta">(P, H), freed here; null if nothing is to be added.</param>
    /// <param name="pass">Whether to save.</param>
    /// <returns>h, which is x itself without a delta, and its norm, (P, H) each.</returns>
    public (Tensor H, Tensor Y, Saved? Saved) AddForward(Tensor x, Tensor? delta, Pass pass)
    {
        using var scope = new TensorScope();
        Tensor h,
            y;
        Saved? saved;
        if (KernelOps.HasResidualNorm(x.Size(-1)) && ResidualKernel.Supports(x, _kernels))
        {
            (h, y, var mean, var rstd) = KernelOps.AddLayerNorm(x, delta, Weight.Value, Bias.Value, Eps);
            saved = pass.Save ? new Saved(TensorScope.Keep(h.Alias()), TensorScope.Keep(mean), TensorScope.Keep(rstd)) : null;
        }
        else
        {
            h = delta is null ? x : Ops.Add(x, delta);
            (y, saved) = Forward(h, pass);
        }
        delta?.Dispose();
        return (scope.Return(h), scope.Return(y), saved);
    }

    /// <param name="dY">(P, H)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    public Tensor Backward(Tensor dY, Saved saved)
    {
        using var scope = new TensorScope();
        var trained = Weight.Trainable || Bias.Trainable;
        var (dX, dWeight, dBias) = Ops.LayerNormBackward(dY, saved.X, saved.Mean, saved.Rstd, Weight.Value, Bias.Value, trained);
        if (Weight.Trainable)
            Weight.AddGradient(dWeight!);
        if (Bias.Trainable)
            Bias.AddGradient(dBias!);
        saved.Dispose();
        return scope.Return(dX);
    }

    public IEnumerable<Parameter> Parameters => [Weight, Bias];

    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }

    private static double Check(Device device)
    {
        const int Rows = 19,
            Width = 1160;
        var (x, delta) = (KernelSample.Normal(device, 1, Rows, Width), KernelSample.Normal(device, 2, Rows, Width));
        var (weight, bias) = (KernelSample.Normal(device, 3, Width), KernelSample.Normal(device, 4, Width));
        var (h, y, mean, rstd) = KernelOps.AddLayerNorm(x, delta, weight, bias, Eps);
        var sum = Ops.Add(x, delta);
        var (plain, plainMean, plainRstd) = Ops.LayerNorm(sum, weight, bias, Eps);
        var (_, given, _, _) = KernelOps.AddLayerNorm(sum, null, weight, bias, Eps);
        return KernelSample.MaxError((h, sum), (y, plain), (mean, plainMean), (rstd, plainRstd), (given, plain));
    }
}
