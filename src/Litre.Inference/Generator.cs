using Litre.Core;
using Litre.Inference.Features;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// Continues several prompts at once: one packed prefill, then one forward pass per token for all that are not finished.
/// </summary>
/// <param name="model">Borrowed.</param>
/// <param name="features">Caches the images of earlier prompts; borrowed. Null if every prompt has its pixels.</param>
public sealed class Generator(CausalModel model, FeatureCache? features = null)
{
    /// <summary>When decoding is recorded.</summary>
    public ReplaySettings Replay { get; init; } = new();

    /// <param name="prompts">Packed together; images and videos included.</param>
    /// <param name="settings">Sampling and stopping.</param>
    /// <param name="onToken">Called with each new token: which prompt, and the token.</param>
    /// <param name="cancel">Stops between tokens; what was made so far is returned.</param>
    /// <param name="promptCache">
    /// The states of an earlier prompt: the beginning that a single prompt shares with it is not computed again. Afterwards it contains
    /// this prompt and its answer. Null to start without a cache, and for several prompts.
    /// </param>
    /// <param name="adapters">
    /// One selection for all prompts; null uses that of each prompt (<see cref="ModelSample.Adapter"/>), or slot 0, if it has an
    /// adapter, for prompts without one.
    /// </param>
    /// <returns>The new tokens of each prompt, without the stop token.</returns>
    /// <exception cref="ArgumentException">
    /// A cache is given for several prompts, or the selection for all differs by row or names an empty slot.
    /// </exception>
    /// <exception cref="InputException">A prompt has images and the model no vision encoder.</exception>
    public IReadOnlyList<int[]> Generate(
        IReadOnlyList<ModelSample> prompts,
        GenerationSettings settings,
        Action<int, int>? onToken = null,
        CancellationToken cancel = default,
        PromptCache? promptCache = null,
        AdapterSelection? adapters = null
    )
    {
        if (promptCache is not null && prompts.Count != 1)
            throw new ArgumentException($"a prompt cache supports one prompt at a time, not {prompts.Count}");
        foreach (var prompt in prompts)
            prompt.CheckImages(model.Config);
        using var scope = new TensorScope();
        prompts = Choose(prompts, adapters);
        var answers = prompts.Select(_ => new List<int>()).ToArray();
        if (settings.MaxNewTokens <= 0 || prompts.Count == 0)
            return [.. answers.Select(a => a.ToArray())];
        var randoms = prompts.Select((_, i) => new Random(unchecked(settings.Seed * 1000003 + i))).ToArray();
        var positions = model.Config.Positions;
        var next = prompts.Select(p => positions.Compute(p.Ids, p.Grids).Next).ToArray();
        var shared = promptCache?.SharedPrefixLength(prompts[0]) ?? 0;
        var capacity = prompts.Max(p => p.Ids.Length) + settings.MaxNewTokens;
        using var own = promptCache is null ? model.Text.CreateStates(prompts.Count, capacity) : null;
        var states = own ?? promptCache!.Acquire(shared, capacity);
        using var decoder = new Decoder(model, states, settings.Temperature <= 0, settings.MaxNewTokens - 1, Replay, Slots(prompts));

        var active = Enumerable.Range(0, prompts.Count).ToList();
        var tokens = Prefill([.. prompts.Select(p => p.WithoutPrefix(shared, model.Config))], states, settings, randoms);
        while (true)
        {
            for (var i = active.Count - 1; i >= 0; i--)
            {
                var (prompt, token) = (active[i], tokens[i]);
                var stop = settings.StopTokens.Contains(token);
                if (!stop)
                {
                    answers[prompt].Add(token);
                    onToken?.Invoke(prompt, token);
                }
                if (stop || answers[prompt].Count == settings.MaxNewTokens)
                    active.RemoveAt(i);
            }
            if (active.Count == 0 || cancel.IsCancellationRequested)
                break;
            var remaining = settings.MaxNewTokens - answers[active[0]].Count; // of all unfinished sequences, which started together
            tokens = decoder.Next(
                [.. active.Select(p => (p, answers[p][^1], next[p]++))],
                remaining,
                (result, indices) => Choose(result, indices, active, settings, randoms)
            );
        }
        promptCache?.Store(prompts[0], [.. answers[0]]);
        return [.. answers.Select(a => a.ToArray())];
    }

    /// <summary>
    /// Allocates the memory of <see cref="Generate"/> on a meta device: the states at their full size, the prompts' forward pass, and
    /// that of one more token of each.
    /// </summary>
    public void DryRun(IReadOnlyList<ModelSample> prompts, int maxNewTokens)
    {
        using var scope = new TensorScope();
        if (maxNewTokens <= 0 || prompts.Count == 0)
            return;
        prompts = Choose(prompts, null);
        var all = Enumerable.Range(0, prompts.Count).ToList();
        using var states = model.Text.CreateStates(prompts.Count, prompts.Max(p => p.Ids.Length) + maxNewTokens);
        var settings = new GenerationSettings();
        using var decoder = new Decoder(model, states, greedy: true, maxNewTokens - 1, Replay, Slots(prompts));
        Prefill(prompts, states, settings, []);
        if (maxNewTokens > 1)
            decoder.Next([.. all.Select(p => (p, 0, prompts[p].Ids.Length))], 1, (result, _) => result.Count);
    }

    // Each prompt with its adapter slot.
    private ModelSample[] Choose(IReadOnlyList<ModelSample> prompts, AdapterSelection? adapters)
    {
        if (adapters is { Slot: null })
            throw new ArgumentException("a selection for all prompts must name one slot; set the slot of each prompt if they differ");
        return [.. prompts.Select(p => p with { Adapter = adapters?.Slot ?? p.Adapter ?? model.Adapters.DefaultSlot })];
    }

    private static int[] Slots(IEnumerable<ModelSample> prompts) => [.. prompts.Select(p => p.Adapter!.Value)];

    private int[] Prefill(IReadOnlyList<ModelSample> prompts, SequenceStates states, GenerationSettings settings, Random[] randoms)
    {
        using var scope = new TensorScope();
        // Questions about one image: its tokens are computed once.
        using var batch =
            features?.Pack(prompts, share: true) ?? PackedBatch.Pack(prompts, model.Config, model.DType, model.Device, share: true);
        var all = Enumerable.Range(0, prompts.Count).ToArray();
        states.Reserve(batch.Text.Layout, batch.Tokens.Owners);
        var (rows, images) = model.Adapters.Select(batch, null);
        var vision = model.ComputeVisionFeatures(batch, images);
        using var last = new TokenRows([.. all.Select(i => batch.Tokens.RowsOfSample(i)[^1])], model.Device); // (S)
        var pass = Pass.Inference with { Adapters = rows };
        var (hidden, _) = model.Text.Forward(batch.Text, vision, pass, new TextOptions(States: states, Rows: last));
        var logits = DecodeBatch.LogitsOf(model, hidden); // (S, V)
        return Choose(settings.Temperature <= 0 ? Ops.ArgMax(logits) : logits.To(DType.Float32), all, all, settings, randoms);
    }

    // A token of each prompt, from the rows at its index: the most likely ones (S) int64, or logits (S, V) float32.
    private static int[] Choose(Tensor result, int[] indices, IReadOnlyList<int> prompts, GenerationSettings settings, Random[] randoms)
    {
        if (result.Device.IsMeta)
            return new int[prompts.Count];
        if (settings.Temperature <= 0)
        {
            var tokens = result.ToArray<long>();
            return [.. indices.Select(i => (int)tokens[i])];
        }
        var values = result.ToArray<float>();
        var width = (int)result.Size(1);
        return [.. prompts.Zip(indices, (p, i) => Sampler.Sample(values.AsSpan(i * width, width), settings, randoms[p]))];
    }
}
