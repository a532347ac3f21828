using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Model;

/// <summary>Sequences concatenated on the device, with their images.</summary>
/// <param name="Tokens">The places of the samples' tokens, on the host.</param>
/// <param name="Text">The packed tokens on the device.</param>
/// <param name="Vision">The images, or null.</param>
/// <param name="Answers">The tokens that contribute to the loss, or null.</param>
/// <param name="Features">The images' vision features, computed earlier, in place of <paramref name="Vision"/>; or null.</param>
public sealed record PackedBatch(PackedTokens Tokens, TextInput Text, VisionInput? Vision, Answers? Answers, VisionOutput? Features = null)
    : IDisposable
{
    /// <summary>The number of tokens that contribute to the loss.</summary>
    public int AnswerTokens => Answers?.Rows.Count ?? 0;

    /// <summary>The tokens that contribute to the loss.</summary>
    /// <exception cref="ArgumentException">There are no such tokens.</exception>
    public Answers RequireAnswers() =>
        Answers ?? throw new ArgumentException($"none of the batch's {Text.Ids.Size(0)} tokens is an answer token, so there is no loss");

    /// <summary>The adapters of its rows if the samples select them; otherwise null.</summary>
    public BatchAdapters? Adapters { get; init; }

    /// <param name="samples">The samples; at least one.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">The model's device.</param>
    /// <param name="share">
    /// Whether samples with the same beginning share it (see <see cref="PrefixGroup"/>); each sample is a sequence otherwise. Losses
    /// and gradients are the same except for rounding, and for dropout, which then uses one mask for the shared part.
    /// </param>
    /// <param name="tokens">
    /// The tokens of these samples if they were packed in advance; otherwise they are packed here, and <paramref name="share"/>
    /// applies.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A sample's images do not match its placeholders, only some samples have features, or the tokens belong to other samples.
    /// </exception>
    /// <exception cref="InputException">A sample has images and the model no vision encoder.</exception>
    public static PackedBatch Pack(
        IReadOnlyList<ModelSample> samples,
        ModelConfig config,
        DType dtype,
        Device device,
        bool share = false,
        PackedTokens? tokens = null
    )
    {
        using var scope = new TensorScope();
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        tokens ??= new PackedTokens(samples, config, share);
        if (tokens.Samples != samples.Count || samples.Where((s, i) => !IsOf(tokens, i, s)).Any())
            throw new ArgumentException($"the tokens of {tokens.Samples} samples were packed for other samples than these {samples.Count}");
        var text = new TextInput(
            TensorScope.Keep(Tensor.From(tokens.Ids, device)),
            SequenceLayout.WithPrefixes(tokens.Lengths, tokens.Prefixes, device),
            new Rotary(tokens.Angles, tokens.Ids.Length, dtype, device),
            Rows([.. tokens.VisualRows])
        );
        var answers = Rows(tokens.AnswerRows) is { } rows
            ? new Answers(rows, TensorScope.Keep(Tensor.From(tokens.Targets, device)), Weights(tokens, dtype, device))
            : null;
        var leaders = tokens.ImageOwners.Select(i => samples[i]).ToList();
        var pixels = leaders.Select(s => s.Pixels).OfType<Tensor>().ToArray();
        var vision =
            pixels.Length == 0
                ? null
                : new VisionInput(pixels, [.. leaders.SelectMany(s => s.Grids)], ModelSample.RequireVision(config), dtype, device);
        var adapters = tokens.HasAdapters ? Select(tokens, leaders, device) : null;
        // Derived here, so that a pass allocates nothing permanent.
        if (answers is not null)
            adapters?.Tokens.Take(answers.Rows);
        if (config.Vision is { } tower)
            adapters?.Images.Group(tower.MergedPatches);
        return new PackedBatch(tokens, text, vision, answers, JoinFeatures(leaders, pixels.Length, device)) { Adapters = adapters };

        TokenRows? Rows(long[] indices) => indices.Length == 0 ? null : new TokenRows(indices, device);
    }

    public void Dispose()
    {
        Text.Dispose();
        Vision?.Dispose();
        Answers?.Dispose();
        Features?.Dispose();
        Adapters?.Dispose();
    }

    private static Tensor? Weights(PackedTokens tokens, DType dtype, Device device)
    {
        if (tokens.Weights is not { } weights)
            return null;
        using var scope = new TensorScope();
        return TensorScope.Keep(Tensor.From<float>(weights, [weights.Length], device).To(dtype.Accumulate()));
    }

    private static bool IsOf(PackedTokens tokens, int i, ModelSample sample) =>
        sample.Ids.Length == tokens.RowsOfSample(i).Count && sample.Adapter == tokens.AdapterOf(i);

    // A sequence has its owner's adapter, and so have an owner's images.
    private static BatchAdapters Select(PackedTokens tokens, IReadOnlyList<ModelSample> leaders, Device device) =>
        new(
            AdapterSelection.Of(
                [.. tokens.Owners.Zip(tokens.Lengths, (owner, length) => new AdapterRun(tokens.AdapterOf(owner)!.Value, length))],
                device
            ),
            AdapterSelection.Of([.. leaders.Select(s => new AdapterRun(s.Adapter!.Value, s.Grids.Sum(g => (long)g.Patches)))], device)
        );

    private static VisionOutput? JoinFeatures(IReadOnlyList<ModelSample> samples, int pixels, Device device)
    {
        var parts = samples.Select(s => s.Features).OfType<VisionOutput>().ToArray();
        if (parts.Length == 0)
            return null;
        if (pixels > 0)
            throw new ArgumentException(
                $"{parts.Length} samples have features and {pixels} have pixels; a batch must have only one of the two"
            );
        // At least new handles: the batch frees what it contains.
        return VisionOutput.Concat(parts, device).Map(t => TensorScope.Keep(t.Alias()));
    }
}
