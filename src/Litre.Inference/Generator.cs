using Litre.Core;
using Litre.Inference.Constraints;
using Litre.Inference.Features;
using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
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
/// <param name="constraints">Makes the constraints of answers of a given form; borrowed. Null if no answer has one.</param>
public sealed class Generator(CausalModel model, FeatureCache? features = null, ConstraintCompiler? constraints = null)
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
    /// <param name="continues">Called after each new token: which prompt, and the token; false ends that answer.</param>
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
        AdapterSelection? adapters = null,
        Func<int, int, bool>? continues = null
    )
    {
        if (promptCache is not null && prompts.Count != 1)
            throw new ArgumentException($"a prompt cache supports one prompt at a time, not {prompts.Count}");
        foreach (var prompt in prompts)
            prompt.CheckImages(model.Config);
        using var scope = new TensorScope();
        prompts = Choose(prompts, adapters);
        if (settings.MaxNewTokens <= 0 || prompts.Count == 0)
            return [.. prompts.Select(_ => Array.Empty<int>())];
        var tasks = prompts
            .Select(
                (p, i) =>
                    new GenerationTask(p, settings, SamplerOf(p, settings, i))
                    {
                        KeepsSequence = promptCache is not null,
                        OnToken = token =>
                        {
                            onToken?.Invoke(i, token.Token);
                            return continues?.Invoke(i, token.Token) ?? true;
                        },
                    }
            )
            .ToArray();
        if (promptCache is null)
        {
            using var states = model.Text.CreateRows(prompts.Count, tasks.Sum(t => t.Rows));
            Run(tasks, states, settings, cancel, started: false);
        }
        else
        {
            var shared = promptCache.SharedPrefixLength(prompts[0]);
            Run(tasks, promptCache.Acquire(shared, tasks[0].Rows), settings, cancel, started: true);
            promptCache.Store(prompts[0], [.. tasks[0].Answer]);
        }
        return [.. tasks.Select(t => t.Answer.ToArray())];
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
        var settings = new GenerationSettings { MaxNewTokens = maxNewTokens };
        var tasks = prompts.Select(p => new GenerationTask(p, settings, null)).ToArray();
        using var states = model.Text.CreateRows(prompts.Count, tasks.Sum(t => t.Rows));
        using var scheduler = Open(states, settings);
        Submit(scheduler, tasks, started: false);
        scheduler.Step();
        if (maxNewTokens > 1)
            scheduler.Step();
        scheduler.CancelAll();
    }

    private void Run(GenerationTask[] tasks, SequenceStates states, GenerationSettings settings, CancellationToken cancel, bool started)
    {
        using var scheduler = Open(states, settings);
        Submit(scheduler, tasks, started);
        while (!cancel.IsCancellationRequested && scheduler.Step()) { }
    }

    private Scheduler Open(SequenceStates states, GenerationSettings settings) =>
        new(model, features, states, new SchedulerSettings { Replay = Replay, MaxNewTokens = settings.MaxNewTokens - 1 });

    private static void Submit(Scheduler scheduler, GenerationTask[] tasks, bool started)
    {
        foreach (var task in tasks)
        {
            if (started)
                scheduler.Start(task, 0);
            else
                scheduler.Submit(task);
        }
    }

    private TokenSampler? SamplerOf(ModelSample prompt, GenerationSettings settings, int index)
    {
        if (settings.IsPlainGreedy)
            return null;
        var constraint = settings.Format is { } format
            ? (constraints ?? throw new ArgumentException("an answer of a given form needs the tokenizer's constraints")).Create(format)
            : null;
        return new TokenSampler(settings, prompt.Ids, unchecked(settings.Seed * 1000003 + index), constraint);
    }

    // Each prompt with its adapter slot.
    private ModelSample[] Choose(IReadOnlyList<ModelSample> prompts, AdapterSelection? adapters)
    {
        if (adapters is { Slot: null })
            throw new ArgumentException("a selection for all prompts must name one slot; set the slot of each prompt if they differ");
        return [.. prompts.Select(p => p with { Adapter = adapters?.Slot ?? p.Adapter ?? model.Adapters.DefaultSlot })];
    }
}
