using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>Layer normalisation with weight and bias (Ba and others 2016), as the vision tower uses it.</summary>
/// <remarks>P rows, H width.</remarks>
public sealed class LayerNorm(WeightSource source, string module, long width) : IDisposable
{
    // transformers' Qwen3-VL vision tower fixes it in its code, not in the configuration.
    private const double Eps = 1e-6;

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
        var saved = pass.Save
            ? new Saved(TensorScope.Keep(x.Alias()), TensorScope.Keep(mean), TensorScope.Keep(rstd))
            : null;
        return (scope.Return(y), saved);
    }

    /// <param name="dY">(P, H)</param>
    /// <param name="saved">Of the forward; freed here.</param>
    public Tensor Backward(Tensor dY, Saved saved)
    {
        using var scope = new TensorScope();
        var trained = Weight.Trainable || Bias.Trainable;
        var (dX, dWeight, dBias) = Ops.LayerNormBackward(
            dY, saved.X, saved.Mean, saved.Rstd, Weight.Value, Bias.Value, trained);
        if (Weight.Trainable) Weight.AddGradient(dWeight!);
        if (Bias.Trainable) Bias.AddGradient(dBias!);
        saved.Dispose();
        return scope.Return(dX);
    }

    public IEnumerable<Parameter> Parameters => [Weight, Bias];

    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
