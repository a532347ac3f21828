using Litre.Model.Configuration;
using Litre.Model.Experts;
using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>One decoder layer: <c>h = x + attention(norm(x)); y = h + feedforward(norm(h))</c>.</summary>
/// <remarks>T tokens, H hidden.</remarks>
public sealed class TextLayer : IDisposable
{
    public TextLayer(WeightSource source, TextConfig config, int layer)
    {
        InputNorm = new RmsNorm(source, ModuleNames.Of(CheckpointKeys.InputNorm, layer), config.HiddenSize, config.RmsNormEps);
        Attention = new TextAttention(source, config, layer);
        PostAttentionNorm = new RmsNorm(
            source,
            ModuleNames.Of(CheckpointKeys.PostAttentionNorm, layer),
            config.HiddenSize,
            config.RmsNormEps
        );
        FeedForward = config.HasExperts(layer) ? new ExpertFeedForward(source, config, layer) : new DenseFeedForward(source, config, layer);
    }

    public RmsNorm InputNorm { get; }

    public TextAttention Attention { get; }

    public RmsNorm PostAttentionNorm { get; }

    public IFeedForward FeedForward { get; }

    /// <summary>Weights in checkpoint order; adapters are not among them.</summary>
    public IEnumerable<Parameter> Parameters =>
        [InputNorm.Weight, .. Attention.Parameters, PostAttentionNorm.Weight, .. FeedForward.Parameters];

    /// <summary>Linear modules that can carry an adapter.</summary>
    public IEnumerable<Linear> Linears =>
        FeedForward is DenseFeedForward dense ? [.. Attention.Linears, dense.GateUp, dense.Down] : Attention.Linears;

    /// <summary>Expert tensors that can carry an adapter.</summary>
    public IEnumerable<ExpertLinear> ExpertLinears => FeedForward is ExpertFeedForward experts ? [experts.GateUp, experts.Down] : [];

    /// <summary>Whether a backward pass has anything to compute in this layer.</summary>
    public bool Trainable => Parameters.Any(p => p.Trainable) || Linears.Any(l => l.Trainable) || ExpertLinears.Any(l => l.Trainable);

    /// <summary>What the backward reads. Rows are borrowed.</summary>
    public sealed record Saved(
        RmsNorm.Saved InputNorm,
        TextAttention.Saved Attention,
        RmsNorm.Saved PostAttentionNorm,
        IDisposable FeedForward,
        TokenRows? Rows
    ) : IDisposable
    {
        public void Dispose()
        {
            InputNorm.Dispose();
            Attention.Dispose();
            PostAttentionNorm.Dispose();
            FeedForward.Dispose();
        }
    }

    /// <param name="x">(T, H)</param>
    /// <param name="layout">The sequences' boundaries.</param>
    /// <param name="rotary">The positions' rotation.</param>
    /// <param name="pass">Whether to save.</param>
    /// <param name="cache">Keys and values of earlier tokens.</param>
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
        using var scope = new TensorScope();
        var (normed, savedNorm) = InputNorm.Forward(x, pass);
        var (attended, savedAttention) = Attention.Forward(normed, layout, rotary, pass, cache, rows);
        normed.Dispose();
        var (h, normed2, savedNorm2) = PostAttentionNorm.AddForward(rows is null ? x : rows.Gather(x), attended, pass); // (T, H) each
        var (y, savedFeedForward) = FeedForward.Forward(normed2, h, pass.Take(rows));
        return (scope.Return(y), pass.Save ? new Saved(savedNorm!, savedAttention!, savedNorm2!, savedFeedForward!, rows) : null);
    }

    /// <param name="dY">(T, H), or (A, H)</param>
    /// <param name="saved">Of the forward; freed here.</param>
    /// <param name="rotary">Of the forward.</param>
    /// <param name="needInput">Whether dX is wanted.</param>
    /// <returns>dX (T, H), or null.</returns>
    public Tensor? Backward(Tensor dY, Saved saved, Rotary rotary, bool needInput = true)
    {
        using var scope = new TensorScope();
        var dFed = FeedForward.Backward(dY, saved.FeedForward); // (T, H)
        var dH = PostAttentionNorm.BackwardAdd(dFed, saved.PostAttentionNorm, dY); // (T, H)
        dFed.Dispose();
        var needNorm = needInput || InputNorm.Weight.Trainable;
        var dAttended = Attention.Backward(dH, saved.Attention, rotary, needNorm);
        if (dAttended is null)
        {
            saved.Dispose();
            return null;
        }
        if (needInput)
        {
            if (saved.Rows is not null)
                dH = saved.Rows.Scatter(dH, dAttended.Size(0)); // (T, H)
            return scope.Return(InputNorm.BackwardAdd(dAttended, saved.InputNorm, dH));
        }
        InputNorm.Backward(dAttended, saved.InputNorm);
        return null;
    }

    public void Dispose()
    {
        InputNorm.Dispose();
        Attention.Dispose();
        PostAttentionNorm.Dispose();
        FeedForward.Dispose();
    }
}
