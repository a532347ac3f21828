using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// Continues several prompts at once: one packed prefill, then one forward a token for all that are not finished.
/// </summary>
/// <param name="model">Borrowed.</param>
/// <param name="features">Remembers the pictures of earlier prompts; borrowed. Null where every prompt brings its pixels.</param>
public sealed class Generator(VisionLanguageModel model, FeatureCache? features = null)
{
    /// <param name="prompts">Packed together; pictures and videos included.</param>
    /// <param name="settings">Sampling and stopping.</param>
    /// <param name="onToken">Told each new token: which prompt, and the token.</param>
    /// <param name="cancel">Stops between tokens; what was made so far is returned.</param>
    /// <returns>The new tokens of each prompt, without the stop token.</returns>
    public IReadOnlyList<int[]> Generate(
        IReadOnlyList<ModelSample> prompts, GenerationSettings settings, Action<int, int>? onToken = null, CancellationToken cancel = default)
    {
        using var scope = new TensorScope();
        var answers = prompts.Select(_ => new List<int>()).ToArray();
        if (settings.MaxNewTokens <= 0 || prompts.Count == 0) return [.. answers.Select(a => a.ToArray())];
        var randoms = prompts.Select((_, i) => new Random(unchecked(settings.Seed * 1000003 + i))).ToArray();
        var next = prompts.Select(p => MropePositions.Compute(p.Ids, p.Grids, model.Config).Next).ToArray();
        using var caches = new KeyValueCaches(
            model.Text, model.Config.Text, prompts.Count, prompts.Max(p => p.Ids.Length) + settings.MaxNewTokens);

        var active = Enumerable.Range(0, prompts.Count).ToList();
        var tokens = Prefill(prompts, caches, settings, randoms);
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
                if (stop || answers[prompt].Count == settings.MaxNewTokens) active.RemoveAt(i);
            }
            if (active.Count == 0 || cancel.IsCancellationRequested) break;
            tokens = Decode(active, answers, next, caches, settings, randoms);
        }
        return [.. answers.Select(a => a.ToArray())];
    }

    /// <summary>
    /// Takes the memory of <see cref="Generate"/> on a meta device: the caches at their full size, the prompts' forward, and
    /// that of one further token of each.
    /// </summary>
    public void Rehearse(IReadOnlyList<ModelSample> prompts, int maxNewTokens)
    {
        using var scope = new TensorScope();
        if (maxNewTokens <= 0 || prompts.Count == 0) return;
        var all = Enumerable.Range(0, prompts.Count).ToList();
        using var caches = new KeyValueCaches(
            model.Text, model.Config.Text, prompts.Count, prompts.Max(p => p.Ids.Length) + maxNewTokens);
        var settings = new GenerationSettings();
        var tokens = Prefill(prompts, caches, settings, []);
        Decode(all, [.. tokens.Select(t => new List<int> { t })], [.. prompts.Select(p => p.Ids.Length)], caches, settings, []);
    }

    private int[] Prefill(IReadOnlyList<ModelSample> prompts, KeyValueCaches caches, GenerationSettings settings, Random[] randoms)
    {
        using var scope = new TensorScope();
        // Questions about one picture: its tokens are computed once.
        using var batch = features?.Pack(prompts, share: true) ?? PackedBatch.Pack(prompts, model.Config, model.DType, model.Device, share: true);
        var all = Enumerable.Range(0, prompts.Count).ToArray();
        caches.Fill(batch.Tokens);
        var vision = model.See(batch);
        var (hidden, _) = model.Text.Forward(batch.Text, vision, Pass.Inference, new TextOptions(Caches: caches.Layers));
        var last = all.Select(i => batch.Tokens.RowsOf(i)[^1]).ToArray();
        return Choose(Ops.Rows(hidden, Tensor.From(last, model.Device)), all, settings, randoms);
    }

    private int[] Decode(
        List<int> active, List<int>[] answers, int[] next, KeyValueCaches caches, GenerationSettings settings, Random[] randoms)
    {
        using var scope = new TensorScope();
        caches.Advance(active);
        var positions = active.Select(p => next[p]++).ToArray();
        using var input = new TextInput(
            TensorScope.Keep(Tensor.From(active.Select(p => (long)answers[p][^1]).ToArray(), model.Device)),
            new SequenceLayout([.. active.Select(_ => 1)], model.Device),
            new Rotary(new MropeAngles(model.Config.Text).Compute([positions, positions, positions]), active.Count, model.DType, model.Device),
            null, null, null);
        var (hidden, _) = model.Text.Forward(input, null, Pass.Inference, new TextOptions(Caches: caches.Layers));
        return Choose(hidden, active, settings, randoms);
    }

    // One token for each row of hidden states (S, H).
    private int[] Choose(Tensor hidden, IReadOnlyList<int> prompts, GenerationSettings settings, Random[] randoms)
    {
        using var part = OperatorProfile.Label(ModelPart.Head);
        var (normed, _) = model.Text.Norm.Forward(hidden, Pass.Inference);
        var logits = Ops.Linear(normed, model.Text.Head.Value); // (S, V)
        if (logits.Device.IsMeta) return new int[Ops.ArgMax(logits).Count];
        if (settings.Temperature <= 0) return [.. Ops.ArgMax(logits).ToArray<long>().Select(t => (int)t)];
        var values = logits.To(DType.Float32).ToArray<float>();
        var width = (int)logits.Size(1);
        return [.. prompts.Select((p, i) => Sampler.Draw(values.AsSpan(i * width, width), settings, randoms[p]))];
    }
}
