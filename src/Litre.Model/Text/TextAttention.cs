using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>Causal grouped-query attention with normalised, rotated queries and keys.</summary>
/// <remarks>T tokens, H hidden, N heads, K key/value heads, D head width.</remarks>
public sealed class TextAttention : IDisposable
{
    private readonly TextConfig _config;

    public TextAttention(WeightSource source, TextConfig config, int layer)
    {
        _config = config;
        Qkv = new Linear(source,
            [(ModuleNames.Of(CheckpointKeys.Query, layer), config.Heads * config.HeadDim), (ModuleNames.Of(CheckpointKeys.Key, layer), config.KvHeads * config.HeadDim), (ModuleNames.Of(CheckpointKeys.Value, layer), config.KvHeads * config.HeadDim)],
            config.HiddenSize, bias: false);
        QNorm = source.Make(CheckpointKeys.At(CheckpointKeys.QueryNorm, layer), [config.HeadDim]);
        KNorm = source.Make(CheckpointKeys.At(CheckpointKeys.KeyNorm, layer), [config.HeadDim]);
        Output = new Linear(source, ModuleNames.Of(CheckpointKeys.AttentionOut, layer), config.HiddenSize, config.Heads * config.HeadDim, bias: false);
    }

    public Linear Qkv { get; }

    /// <summary>(D)</summary>
    public Parameter QNorm { get; }

    /// <summary>(D)</summary>
    public Parameter KNorm { get; }

    public Linear Output { get; }

    public IEnumerable<Linear> Linears => [Qkv, Output];

    public IEnumerable<Parameter> Parameters => [.. Qkv.Parameters, QNorm, KNorm, .. Output.Parameters];

    public sealed record Saved(
        Linear.Saved Qkv, Tensor QueryKey, Tensor Rstd, Tensor HeadWeights, AttentionKernel.Saved Attention, Linear.Saved Output) : IDisposable
    {
        public void Dispose()
        {
            Qkv.Dispose();
            QueryKey.Dispose();
            Rstd.Dispose();
            HeadWeights.Dispose();
            Attention.Dispose();
            Output.Dispose();
        }
    }

    /// <param name="x">(T, H), normalised.</param>
    /// <param name="layout">The sequences' boundaries.</param>
    /// <param name="rotary">The positions' rotation.</param>
    /// <param name="pass">Whether to save.</param>
    /// <param name="cache">Keys and values of earlier tokens, to which these are added.</param>
    /// <returns>(T, H)</returns>
    public (Tensor Y, Saved? Saved) Forward(Tensor x, SequenceLayout layout, Rotary rotary, Pass pass, IKeyValueCache? cache = null)
    {
        using var scope = new TensorScope();
        var (heads, keyHeads, width) = (_config.Heads, _config.KvHeads, _config.HeadDim);
        var (qkv, savedQkv) = Qkv.Forward(x, pass);
        var all = qkv.View(-1, heads + 2 * keyHeads, width); // (T, N + 2K, D)
        var queryKey = all.Slice(1, 0, heads + keyHeads); // (T, N + K, D)
        var v = all.Slice(1, heads + keyHeads, keyHeads); // (T, K, D)
        var (unit, rstd) = RmsNorm.Unit(queryKey, _config.RmsNormEps);
        var weights = HeadWeights(); // (N + K, D)
        var rotated = rotary.Forward(Ops.Mul(unit, weights)); // (T, N + K, D)
        var q = rotated.Slice(1, 0, heads);
        var k = rotated.Slice(1, heads, keyHeads);
        SequenceLayout? keys = null;
        if (cache is not null) (k, v, keys) = cache.Append(k, v);
        var (o, savedAttention) = AttentionKernel.Forward(q, k, v, layout, causal: true, pass, keys);
        var (y, savedOutput) = Output.Forward(o.View(-1, heads * width), pass);
        Saved? saved = null;
        if (pass.Save)
        {
            saved = new Saved(savedQkv!, TensorScope.Keep(queryKey), TensorScope.Keep(rstd), TensorScope.Keep(weights), savedAttention!, savedOutput!);
        }
        return (scope.Return(y), saved);
    }

    /// <param name="dY">(T, H)</param>
    /// <param name="saved">Of the forward; freed here.</param>
    /// <param name="rotary">Of the forward.</param>
    /// <param name="needInput">Whether dX is wanted.</param>
    /// <returns>dX (T, H), or null.</returns>
    public Tensor? Backward(Tensor dY, Saved saved, Rotary rotary, bool needInput = true)
    {
        using var scope = new TensorScope();
        var (heads, keyHeads, width) = (_config.Heads, _config.KvHeads, _config.HeadDim);
        var dO = Output.Backward(dY, saved.Output)!;
        if (!needInput && !Qkv.Trainable && !QNorm.Trainable && !KNorm.Trainable)
        {
            saved.Dispose();
            return null;
        }
        var (dQ, dK, dV) = AttentionKernel.Backward(dO.View(-1, heads, width), saved.Attention);
        dO.Dispose();
        var dRotated = Ops.Concat([dQ, dK], 1); // (T, N + K, D)
        dQ.Dispose();
        dK.Dispose();
        var dNormed = rotary.Backward(dRotated);
        if (QNorm.Trainable || KNorm.Trainable)
        {
            var unit = Ops.Mul(saved.QueryKey.To(saved.Rstd.DType), saved.Rstd); // (T, N + K, D) f32
            var perHead = Ops.Sum(Ops.Mul(dNormed.To(unit.DType), unit), 0); // (N + K, D)
            if (QNorm.Trainable) QNorm.AddGradient(Ops.Sum(perHead.Slice(0, 0, heads), 0));
            if (KNorm.Trainable) KNorm.AddGradient(Ops.Sum(perHead.Slice(0, heads, keyHeads), 0));
        }
        var dQueryKey = RmsNorm.UnitBackward(Ops.Mul(dNormed, saved.HeadWeights), saved.QueryKey, saved.Rstd);
        var dQkv = Ops.Concat([dQueryKey, dV], 1).View(-1, (heads + 2 * keyHeads) * width); // (T, (N + 2K) D)
        var dX = Qkv.Backward(dQkv, saved.Qkv, needInput);
        saved.Dispose();
        return dX is null ? null : scope.Return(dX);
    }

    public void Dispose()
    {
        Qkv.Dispose();
        QNorm.Dispose();
        KNorm.Dispose();
        Output.Dispose();
    }

    // The two norms' weights, one row a head: (N + K, D).
    private Tensor HeadWeights() => Ops.Concat(
        [QNorm.Value.View(1, -1).Expand(_config.Heads, _config.HeadDim), KNorm.Value.View(1, -1).Expand(_config.KvHeads, _config.HeadDim)], 0);
}
