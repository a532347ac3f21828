using Litre.Kernels;
using Litre.Model.Configuration;
using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>Causal grouped-query attention with normalised, rotated queries and keys.</summary>
/// <remarks>T tokens, H hidden, N heads, K key/value heads, D head width.</remarks>
public sealed class TextAttention : IDisposable
{
    private readonly TextConfig _config;
    private readonly KernelPolicy _kernels;

    public TextAttention(WeightSource source, TextConfig config, int layer)
    {
        _config = config;
        _kernels = source.Kernels;
        Qkv = new Linear(
            source,
            [
                (ModuleNames.Of(CheckpointKeys.Query, layer), config.Heads * config.HeadDim),
                (ModuleNames.Of(CheckpointKeys.Key, layer), config.KvHeads * config.HeadDim),
                (ModuleNames.Of(CheckpointKeys.Value, layer), config.KvHeads * config.HeadDim),
            ],
            config.HiddenSize,
            bias: false
        );
        QNorm = source.Make(CheckpointKeys.At(CheckpointKeys.QueryNorm, layer), [config.HeadDim]);
        KNorm = source.Make(CheckpointKeys.At(CheckpointKeys.KeyNorm, layer), [config.HeadDim]);
        Output = new Linear(
            source,
            ModuleNames.Of(CheckpointKeys.AttentionOut, layer),
            config.HiddenSize,
            config.Heads * config.HeadDim,
            bias: false
        );
    }

    public Linear Qkv { get; }

    /// <summary>(D)</summary>
    public Parameter QNorm { get; }

    /// <summary>(D)</summary>
    public Parameter KNorm { get; }

    public Linear Output { get; }

    /// <summary>Whether the host gives the device its work without knowing how long sequences are.</summary>
    public bool StaysOnDevice => AttentionKernel.UsesVarlen(QNorm.Value.Device, QNorm.Value.DType, _config.HeadDim, _kernels);

    public IEnumerable<Linear> Linears => [Qkv, Output];

    public IEnumerable<Parameter> Parameters => [.. Qkv.Parameters, QNorm, KNorm, .. Output.Parameters];

    /// <summary>What the backward reads. Rows are borrowed.</summary>
    public sealed record Saved(
        Linear.Saved Qkv,
        Tensor Heads,
        Tensor Rstd,
        AttentionKernel.Saved Attention,
        Linear.Saved Output,
        TokenRows? Rows
    ) : IDisposable
    {
        public void Dispose()
        {
            Qkv.Dispose();
            Heads.Dispose();
            Rstd.Dispose();
            Attention.Dispose();
            Output.Dispose();
        }
    }

    /// <param name="x">(T, H), normalised.</param>
    /// <param name="layout">The sequences' boundaries.</param>
    /// <param name="rotary">The positions' rotation.</param>
    /// <param name="pass">Whether to save.</param>
    /// <param name="cache">Keys and values of earlier tokens, to which these are added.</param>
    /// <param name="rows">The tokens whose result is wanted (A), or null for all.</param>
    /// <returns>(T, H), or (A, H)</returns>
    public (Tensor Y, Saved? Saved) Forward(
        Tensor x,
        SequenceLayout layout,
        Rotary rotary,
        Pass pass,
        IKeyValueCache? cache = null,
        TokenRows? rows = null
    )
    {
        using var part = OperatorProfile.Label(ModelPart.Attention);
        using var scope = new TensorScope();
        var (heads, keyHeads, width) = (_config.Heads, _config.KvHeads, _config.HeadDim);
        var (qkv, savedQkv) = Qkv.Forward(x, pass); // (T, (N + 2K) D)
        // (T, N + K, D)
        var (rotated, rstd) = HeadRotation.Forward(qkv, QNorm, KNorm, rotary, heads, keyHeads, _config.RmsNormEps, _kernels);
        var q = rotated.Slice(1, 0, heads);
        var k = rotated.Slice(1, heads, keyHeads);
        var v = qkv.View(-1, heads + 2 * keyHeads, width).Slice(1, heads + keyHeads, keyHeads); // (T, K, D)
        Tensor o;
        AttentionKernel.Saved? savedAttention = null;
        if (!pass.Save && cache?.Step is var (allK, allV, all) && DecodeAttention.Supports(q, k, layout, all, _kernels))
        {
            o = DecodeAttention.Forward(q, k, v, allK, allV, all);
        }
        else
        {
            SequenceLayout? keys = null;
            if (cache is not null)
                (k, v, keys) = cache.Append(k, v);
            (o, savedAttention) = AttentionKernel.Forward(q, k, v, layout, causal: true, pass, _kernels, keys);
        }
        o = o.View(-1, heads * width); // (T, N D)
        var (y, savedOutput) = Output.Forward(rows is null ? o : rows.Gather(o), pass.Take(rows));
        Saved? saved = null;
        if (pass.Save)
        {
            saved = new Saved(savedQkv!, TensorScope.Keep(qkv), TensorScope.Keep(rstd), savedAttention!, savedOutput!, rows);
        }
        return (scope.Return(y), saved);
    }

    /// <param name="dY">(T, H), or (A, H)</param>
    /// <param name="saved">Of the forward; freed here.</param>
    /// <param name="rotary">Of the forward.</param>
    /// <param name="needInput">Whether dX is wanted.</param>
    /// <returns>dX (T, H), or null.</returns>
    public Tensor? Backward(Tensor dY, Saved saved, Rotary rotary, bool needInput = true)
    {
        using var part = OperatorProfile.Label(ModelPart.Attention);
        using var scope = new TensorScope();
        var dO = Output.Backward(dY, saved.Output)!;
        if (!needInput && !Qkv.Trainable && !QNorm.Trainable && !KNorm.Trainable)
        {
            saved.Dispose();
            return null;
        }
        if (saved.Rows is not null)
        {
            using var few = dO;
            dO = saved.Rows.Scatter(few, saved.Heads.Size(0)); // (T, N D)
        }
        var (dQ, dK, dV) = AttentionKernel.Backward(dO.View(-1, _config.Heads, _config.HeadDim), saved.Attention);
        dO.Dispose();
        var dQkv = HeadRotation.Backward(dQ, dK, dV, saved.Heads, saved.Rstd, QNorm, KNorm, rotary, _kernels); // (T, (N + 2K) D)
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
}
