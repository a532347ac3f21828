using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Vision;

/// <summary>
/// Joins 2x2 patches and maps them to the text width. The last merger normalizes patches before joining, those for
/// deepstack after (transformers, VisionPatchMerger.use_postshuffle_norm).
/// </summary>
/// <remarks>P patches, Hv vision hidden, m = merge², H text hidden.</remarks>
public sealed class PatchMerger : IDisposable
{
    private readonly bool _normAfterJoin;
    private readonly long _hidden;
    private readonly long _joined;

    public PatchMerger(WeightSource source, VisionConfig config, VisionMergerKeys keys, bool normAfterJoin)
    {
        _normAfterJoin = normAfterJoin;
        _hidden = config.HiddenSize;
        _joined = (long)config.HiddenSize * config.SpatialMergeSize * config.SpatialMergeSize;
        Norm = new LayerNorm(source, keys.Norm, normAfterJoin ? _joined : _hidden);
        Mlp = new GeluMlp(source, keys.First, keys.Second, _joined, _joined, config.OutHiddenSize, tanh: false);
    }

    public LayerNorm Norm { get; }

    public GeluMlp Mlp { get; }

    public IEnumerable<Linear> Linears => Mlp.Linears;

    public IEnumerable<Parameter> Parameters => [.. Norm.Parameters, .. Linears.SelectMany(l => l.Parameters)];

    public sealed record Saved(LayerNorm.Saved Norm, GeluMlp.Saved Mlp) : IDisposable
    {
        public void Dispose()
        {
            Norm.Dispose();
            Mlp.Dispose();
        }
    }

    /// <param name="x">(P, Hv)</param>
    /// <param name="pass">Whether to save.</param>
    /// <returns>(P / m, H)</returns>
    public (Tensor Y, Saved? Saved) Forward(Tensor x, Pass pass)
    {
        using var scope = new TensorScope();
        var (normed, savedNorm) = Norm.Forward(_normAfterJoin ? x.View(-1, _joined) : x, pass);
        var (y, savedMlp) = Mlp.Forward(normed.View(-1, _joined), pass.Group(_joined / _hidden));
        return (scope.Return(y), pass.Save ? new Saved(savedNorm!, savedMlp!) : null);
    }

    /// <param name="dY">(P / m, H)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <returns>dX (P, Hv)</returns>
    public Tensor Backward(Tensor dY, Saved saved)
    {
        using var scope = new TensorScope();
        var dJoined = Mlp.Backward(dY, saved.Mlp); // (P / m, m Hv)
        var dNormed = Norm.Backward(_normAfterJoin ? dJoined : dJoined.View(-1, _hidden), saved.Norm);
        return scope.Return(dNormed.View(-1, _hidden));
    }

    public void Dispose()
    {
        Norm.Dispose();
        Mlp.Dispose();
    }
}
