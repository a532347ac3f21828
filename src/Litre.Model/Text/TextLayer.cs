using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>One decoder layer: <c>h = x + mixer(norm(x)); y = h + feedforward(norm(h))</c>.</summary>
/// <remarks>T tokens, H hidden.</remarks>
public sealed class TextLayer : IDisposable
{
    /// <param name="source">The source of the norms' weights.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="keys">The keys of the norms' weights.</param>
    /// <param name="layer">Counted from 0.</param>
    /// <param name="mixer">Creates the first half of a layer.</param>
    /// <param name="feedForward">Creates the second half of a layer.</param>
    public TextLayer(
        WeightSource source,
        TextConfig config,
        DecoderLayerKeys keys,
        int layer,
        Func<int, ITokenMixer> mixer,
        Func<int, IFeedForward> feedForward
    )
    {
        InputNorm = new RmsNorm(source, ModuleNames.Of(keys.InputNorm), config.HiddenSize, config.RmsNormEps);
        Mixer = mixer(layer);
        PostAttentionNorm = new RmsNorm(source, ModuleNames.Of(keys.PostAttentionNorm), config.HiddenSize, config.RmsNormEps);
        FeedForward = feedForward(layer);
    }

    public RmsNorm InputNorm { get; }

    public ITokenMixer Mixer { get; }

    public RmsNorm PostAttentionNorm { get; }

    public IFeedForward FeedForward { get; }

    /// <summary>Weights in checkpoint order; adapters are not among them.</summary>
    public IEnumerable<Parameter> Parameters =>
        [InputNorm.Weight, .. Mixer.Parameters, PostAttentionNorm.Weight, .. FeedForward.Parameters];

    /// <summary>Linear modules that can carry an adapter.</summary>
    public IEnumerable<Linear> Linears => [.. Mixer.Linears, .. FeedForward.Linears];

    /// <summary>Expert tensors that can carry an adapter.</summary>
    public IEnumerable<ExpertLinear> ExpertLinears => FeedForward.ExpertLinears;

    /// <summary>Whether a backward pass has anything to compute in this layer.</summary>
    public bool Trainable => Parameters.Any(p => p.Trainable) || Linears.Any(l => l.Trainable) || ExpertLinears.Any(l => l.Trainable);

    /// <summary>What the backward pass reads. Rows are borrowed.</summary>
    public sealed record Saved(
        RmsNorm.Saved InputNorm,
        IDisposable Mixer,
        RmsNorm.Saved PostAttentionNorm,
        IDisposable FeedForward,
        TokenRows? Rows
    ) : IDisposable
    {
        public void Dispose()
        {
            InputNorm.Dispose();
            Mixer.Dispose();
            PostAttentionNorm.Dispose();
            FeedForward.Dispose();
        }
    }

    /// <param name="x">(T, H)</param>
    /// <param name="layout">The sequences' boundaries.</param>
    /// <param name="rotary">The positions' rotation.</param>
    /// <param name="pass">Whether to save.</param>
    /// <param name="state">What the mixer keeps of earlier tokens, or null.</param>
    /// <param name="rows">The tokens whose result is needed (A), or null for all.</param>
    /// <returns>(T, H), or (A, H)</returns>
    public (Tensor Y, Saved? Saved) Forward(
        Tensor x,
        SequenceLayout layout,
        Rotary rotary,
        Pass pass,
        ILayerState? state = null,
        TokenRows? rows = null
    )
    {
        using var scope = new TensorScope();
        var (normed, savedNorm) = InputNorm.Forward(x, pass);
        var (mixed, savedMixer) = Mixer.Forward(normed, layout, rotary, pass, state, rows);
        normed.Dispose();
        var (h, normed2, savedNorm2) = PostAttentionNorm.AddForward(rows is null ? x : rows.Gather(x), mixed, pass); // (T, H) each
        var (y, savedFeedForward) = FeedForward.Forward(normed2, h, pass.Take(rows));
        return (scope.Return(y), pass.Save ? new Saved(savedNorm!, savedMixer!, savedNorm2!, savedFeedForward!, rows) : null);
    }

    /// <param name="dY">(T, H), or (A, H)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <param name="rotary">The forward pass's rotary.</param>
    /// <param name="needInput">Whether dX is needed.</param>
    /// <returns>dX (T, H), or null.</returns>
    public Tensor? Backward(Tensor dY, Saved saved, Rotary rotary, bool needInput = true)
    {
        using var scope = new TensorScope();
        var dFed = FeedForward.Backward(dY, saved.FeedForward); // (T, H)
        var dH = PostAttentionNorm.BackwardAdd(dFed, saved.PostAttentionNorm, dY); // (T, H)
        dFed.Dispose();
        var needNorm = needInput || InputNorm.Weight.Trainable;
        var dMixed = Mixer.Backward(dH, saved.Mixer, rotary, needNorm);
        if (dMixed is null)
        {
            saved.Dispose();
            return null;
        }
        if (needInput)
        {
            if (saved.Rows is not null)
                dH = saved.Rows.Scatter(dH, dMixed.Size(0)); // (T, H)
            return scope.Return(InputNorm.BackwardAdd(dMixed, saved.InputNorm, dH));
        }
        InputNorm.Backward(dMixed, saved.InputNorm);
        return null;
    }

    public void Dispose()
    {
        InputNorm.Dispose();
        Mixer.Dispose();
        PostAttentionNorm.Dispose();
        FeedForward.Dispose();
    }
}
