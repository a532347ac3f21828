using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>Causal grouped-query attention with normalized, rotated queries and keys.</summary>
/// <remarks>T tokens, H hidden, N heads, K key/value heads, D head width.</remarks>
public sealed class TextAttention : ITokenMixer
{
    private readonly TextConfig _config;
    private readonly KernelPolicy _kernels;
    private readonly DType _dtype;
    private readonly Device _device;

    public TextAttention(WeightSource source, TextConfig config, DecoderLayerKeys keys)
    {
        _config = config;
        _kernels = source.Kernels;
        (_dtype, _device) = (source.DType, source.Device);
        Qkv = new Linear(
            source,
            [
                (ModuleNames.Of(keys.Query), config.Heads * config.HeadDim),
                (ModuleNames.Of(keys.Key), config.KvHeads * config.HeadDim),
                (ModuleNames.Of(keys.Value), config.KvHeads * config.HeadDim),
            ],
            config.HiddenSize,
            bias: false
        );
        QNorm = source.Make(keys.QueryNorm, [config.HeadDim]);
        KNorm = source.Make(keys.KeyNorm, [config.HeadDim]);
        Output = new Linear(source, ModuleNames.Of(keys.AttentionOut), config.HiddenSize, config.Heads * config.HeadDim, bias: false);
    }

    public Linear Qkv { get; }

    /// <summary>(D)</summary>
    public Parameter QNorm { get; }

    /// <summary>(D)</summary>
    public Parameter KNorm { get; }

    public Linear Output { get; }

    // Only with varlen attention does the device alone need the lengths of sequences.
    public bool StaysOnDevice => AttentionKernel.UsesVarlen(_device, _dtype, _config.HeadDim, _kernels);

    public IEnumerable<Linear> Linears => [Qkv, Output];

    public IEnumerable<Parameter> Parameters => [.. Qkv.Parameters, QNorm, KNorm, .. Output.Parameters];

    /// <summary>What the backward pass reads. Rows are borrowed.</summary>
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

    public ILayerState CreateState(SequenceStates sequences) =>
        new KeyValueState(sequences, _config.KvHeads, _config.HeadDim, _dtype, _device);

    public (Tensor Y, IDisposable? Saved) Forward(
        Tensor x,
        SequenceLayout layout,
        Rotary rotary,
        Pass pass,
        ILayerState? state = null,
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
        var cache = (KeyValueState?)state;
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

    public Tensor? Backward(Tensor dY, IDisposable saved, Rotary rotary, bool needInput = true)
    {
        using var part = OperatorProfile.Label(ModelPart.Attention);
        using var scope = new TensorScope();
        var kept = (Saved)saved;
        var dO = Output.Backward(dY, kept.Output)!; // (T, N D), or (A, N D)
        if (!needInput && !Qkv.Trainable && !QNorm.Trainable && !KNorm.Trainable)
        {
            kept.Dispose();
            return null;
        }
        if (kept.Rows is not null)
        {
            using var few = dO;
            dO = kept.Rows.Scatter(few, kept.Heads.Size(0)); // (T, N D)
        }
        var (dQ, dK, dV) = AttentionKernel.Backward(dO.View(-1, _config.Heads, _config.HeadDim), kept.Attention);
        dO.Dispose();
        var dQkv = HeadRotation.Backward(dQ, dK, dV, kept.Heads, kept.Rstd, QNorm, KNorm, rotary, _kernels); // (T, (N + 2K) D)
        var dX = Qkv.Backward(dQkv, kept.Qkv, needInput);
        kept.Dispose();
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
