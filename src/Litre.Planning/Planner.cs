using Litre.Core;
using Litre.Evaluation;
using Litre.Model;
using Litre.Torch;
using Litre.Training.Steps;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>
/// Chooses the settings that the recipe leaves open: the fastest that fit, determined by a dry run on a meta device. The budget of tokens
/// per step is fixed; only the number of passes into which it is split, the number of recomputed layers and the cached features are
/// chosen.
/// </summary>
public sealed class Planner : IDisposable
{
    // Below this, passes are too small to keep a device busy.
    private const int MinPassTokens = 512;
    private const int MaxHeldOutBatches = 4;
    private const long FeatureStep = 1L << 26;

    // Host memory of a machine that is known only by name.
    private const long UnknownHostBytes = 32L << 30;

    private readonly PlanRequest _request;
    private readonly MetaDryRun _training;
    private readonly MetaDryRun _evaluation;

    private Planner(PlanRequest request, bool origins = false)
    {
        _request = request;
        _training = Open();
        _evaluation = Open();
        _evaluation.ReleaseTrainingState();

        MetaDryRun Open() =>
            new(request.Config, request.Shape, request.Settings, request.Machine.Kernels, request.Machine.IsShared, origins)
            {
                DistinctPatches = request.Data.DistinctPatches,
            };
    }

    private PlanMachine Machine => _request.Machine;

    /// <summary>Creates a plan; if none fits, the closest one, with alternatives that fit.</summary>
    /// <param name="request">The run to plan.</param>
    /// <exception cref="InputException">The recipe does not fit the model, or no sample fits a pass.</exception>
    public static Plan CreatePlan(PlanRequest request)
    {
        Plan plan;
        using (var planner = new Planner(request))
            plan = planner.Choose(fastest: true);
        return plan.Fits || !request.FindsAlternatives
            ? plan
            : plan with
            {
                Alternatives = PlanAlternatives.Find(request),
                OtherMachines = PlanAlternatives.Machines(plan),
            };
    }

    /// <summary>Creates a plan that includes the disk space of the run.</summary>
    /// <param name="model">The model to train.</param>
    /// <param name="settings">The recipe.</param>
    /// <param name="data">The training data.</param>
    /// <param name="machine">The machine to plan for.</param>
    /// <param name="isLocal">Whether the machine is this one, whose free disk space is known.</param>
    /// <exception cref="InputException">The recipe does not fit the model, or no sample fits a pass.</exception>
    public static Plan CreatePlan(PlanModel model, TuneSettings settings, PlanData data, PlanMachine machine, bool isLocal = true)
    {
        var plan = CreatePlan(
            new PlanRequest(model.Name, model.Config, model.Shape, settings, data, machine)
            {
                FeatureSpaceBytes = isLocal ? FeatureDiskSpace.Bytes(model, settings) : long.MaxValue,
            }
        );
        return plan with { Disk = DiskPlan.Of(model, plan, isLocal) };
    }

    /// <summary>The first plan that fits, which need not be the fastest; null if none fits.</summary>
    internal static Plan? FirstFit(PlanRequest request)
    {
        using var planner = new Planner(request);
        var plan = planner.Choose(fastest: false);
        return plan.Fits ? plan : null;
    }

    /// <summary>A plan's largest phase with the methods that created its tensors.</summary>
    public static PhaseMemory Explain(Plan plan)
    {
        using var planner = new Planner(plan.Request with { Settings = plan.Settings }, origins: true);
        return planner.Phases(plan.Settings, plan.Batches, detail: true).MaxBy(p => p.TotalBytes(plan.Machine.Kernels))!;
    }

    public void Dispose()
    {
        _training.Dispose();
        _evaluation.Dispose();
    }

    private Plan Choose(bool fastest)
    {
        Candidate? best = null,
            nearest = null;
        var all = Passes().ToList();
        // If the weights alone are too large, only the missing memory can be reported.
        foreach (var settings in _training.Load.TotalBytes(Machine.Kernels) > Machine.BudgetBytes ? all[^1..] : all)
        {
            var candidates = ResolveSettings(settings, fastest);
            foreach (var candidate in candidates)
            {
                if (nearest is null || candidate.TotalBytes < nearest.TotalBytes)
                    nearest = candidate;
                if (candidate.TotalBytes > Machine.BudgetBytes)
                    continue;
                if (best is null || candidate.SecondsPerToken < best.SecondsPerToken)
                    best = candidate;
            }
            if (best is not null && !fastest)
                break;
            // If nothing is recomputed and everything is kept, smaller passes only make smaller products.
            if (
                best is { Settings.Engine.Recompute.Layers: 0 }
                && best.Settings.Features.CacheBytes >= Math.Min(_training.FeatureBytes, AvailableHostBytes)
            )
                break;
        }
        var chosen = best ?? nearest!;
        return new Plan
        {
            Request = _request,
            Settings = chosen.Settings,
            Batches = chosen.Batches,
            Phases = Phases(chosen.Settings, chosen.Batches, detail: true),
            Parameters = _training.Parameters,
            Time = chosen.Time,
            FeatureBytes = _training.FeatureBytes,
        };
    }

    // The tokens of a step in as few passes as the recipe specifies, then in twice as many, and so on.
    private IEnumerable<TuneSettings> Passes()
    {
        var settings = _request.Settings;
        if (settings.Batches.MicroBatchTokens > 0)
        {
            yield return settings;
            yield break;
        }
        var longest = _request
            .Data.Train.Select(s => s.Ids.Length)
            .Where(l => settings.Batches.MaxTokens == 0 || l <= settings.Batches.MaxTokens)
            .DefaultIfEmpty()
            .Max();
        var first = settings.Batches.GradientAccumulation;
        var step = BatchSettings.DefaultPassTokens * first;
        yield return settings with
        {
            Batches = settings.Batches with { MicroBatchTokens = Math.Max(BatchSettings.DefaultPassTokens, longest) },
        };
        for (var passes = 2 * first; step / passes >= Math.Max(longest, MinPassTokens); passes *= 2)
            yield return settings with
            {
                Batches = settings.Batches with { MicroBatchTokens = step / passes, GradientAccumulation = passes },
            };
    }

    // With features kept for all images, and for as many as fit in the remaining memory.
    private IReadOnlyList<Candidate> ResolveSettings(TuneSettings settings, bool fastest)
    {
        var batches = _request.Data.Outline(_request.Config, settings);
        if (settings.Features.CacheGiB is not null)
            return [ResolveSettings(settings, batches)];
        var all = Math.Min(_training.FeatureBytes, AvailableHostBytes);
        var without = ResolveSettings(settings with { Features = settings.Features with { CacheGiB = 0 } }, batches);
        if (all == 0 || !fastest || without.TotalBytes > Machine.BudgetBytes)
            return [without];
        var kept = ResolveSettings(settings with { Features = settings.Features with { CacheGiB = RoundedUp(all) } }, batches);
        var left = Machine.IsShared ? Math.Min(all, Machine.BudgetBytes - without.TotalBytes) / FeatureStep * FeatureStep : 0;
        if (left <= 0 || kept.Settings.Engine.Recompute == without.Settings.Engine.Recompute)
            return [kept, without];
        return
        [
            kept,
            ResolveSettings(without.Settings with { Features = without.Settings.Features with { CacheGiB = RoundedUp(left) } }, batches),
            without,
        ];

        static double RoundedUp(long bytes) => (bytes + FeatureStep - 1) / FeatureStep * FeatureStep / (double)(1L << 30);
    }

    private Candidate ResolveSettings(TuneSettings settings, StepOutline batches)
    {
        var others = Phases(settings, batches, detail: false, tune: false).Max(p => p.TotalBytes(Machine.Kernels));
        if (settings.Engine.Recompute == RecomputeSetting.Auto)
            settings = settings with { Engine = settings.Engine with { Recompute = MinRecomputeThatFits(settings, batches) } };
        var total = Math.Max(others, WorstCase(settings, batches).TotalBytes(Machine.Kernels));
        return new Candidate(settings, batches, total, Time(settings, batches));
    }

    // Half of the host's own memory may be used for features; if memory is shared, they count as device memory.
    private long AvailableHostBytes => Machine.IsShared ? long.MaxValue : (Machine.HostFreeBytes ?? UnknownHostBytes) / 2;

    // Bytes fall with every layer that is recomputed, nearly on a straight line, so few tries are needed.
    private RecomputeSetting MinRecomputeThatFits(TuneSettings settings, StepOutline batches)
    {
        var layers = _request.Config.Text.Layers;
        var (none, all) = (Need(0), Need(layers));
        if (none <= Machine.BudgetBytes)
            return RecomputeSetting.None;
        if (all > Machine.BudgetBytes)
            return RecomputeSetting.All;
        var (tooFew, enough) = (0, layers);
        var (needTooFew, needEnough) = (none, all);
        while (enough - tooFew > 1)
        {
            var share = (double)(needTooFew - Machine.BudgetBytes) / Math.Max(1, needTooFew - needEnough);
            var next = Math.Clamp(tooFew + (int)Math.Ceiling(share * (enough - tooFew)), tooFew + 1, enough - 1);
            var need = Need(next);
            if (need <= Machine.BudgetBytes)
                (enough, needEnough) = (next, need);
            else
                (tooFew, needTooFew) = (next, need);
        }
        return enough == layers ? RecomputeSetting.All : new RecomputeSetting(enough);

        long Need(int count) =>
            WorstCase(
                    settings with
                    {
                        Engine = settings.Engine with { Recompute = new RecomputeSetting(count == layers ? int.MaxValue : count) },
                    },
                    batches
                )
                .TotalBytes(Machine.Kernels);
    }

    private IReadOnlyList<PhaseMemory> Phases(TuneSettings settings, StepOutline batches, bool detail, bool tune = true)
    {
        var phases = new List<PhaseMemory> { _training.Load };
        if (tune)
            phases.Add(WorstCase(settings, batches, detail));
        var validation = _request
            .Data.Validation.Where(s => s.Ids.Length <= settings.Batches.LongestSample && s.AnswerTokens > 0)
            .ToArray();
        if (validation.Length > 0)
        {
            phases.Add(
                LargestPhase(
                    HeldOutSamples.Group([.. validation.Select(s => s.Ids.Length)], settings.Batches.PassTokens),
                    validation,
                    (b, d) => _training.Validate(settings, b, batches.StepPatches, d),
                    detail
                )
            );
        }
        phases.Add(_training.Save(detail));
        var held = _request.Data.HeldOut(settings);
        if (held.Count > 0 && settings.Comparison.When != EvaluationTime.None)
            phases.Add(Evaluation(held, settings, detail));
        if (!settings.Trainable.Full)
            phases.Add(_evaluation.Merge(detail));
        return phases;
    }

    private PhaseMemory Evaluation(IReadOnlyList<ModelSample> held, TuneSettings settings, bool detail)
    {
        var most = new EvaluationSettings().MaximumBatch;
        var lengths = held.Select(s => s.Ids.Length).ToArray();
        var images = held.Select(s => s.ImageSetKey).ToArray();
        var losses = LargestPhase(
            LengthBatches.Create(lengths, images, settings.Batches.PassTokens, most, padded: false),
            held,
            (b, d) => _evaluation.TokenLosses(settings, b, d),
            detail
        );
        var prompts = held.Select(PlanData.Prompt).ToArray();
        var answers = LargestPhase(
            LengthBatches.Create(
                [.. lengths.Select(l => l + settings.Comparison.MaxNewTokens)],
                images,
                settings.Batches.PassTokens,
                most,
                padded: true
            ),
            prompts,
            (b, d) => _evaluation.GenerateAnswers(settings, b, d),
            detail
        );
        return answers.TotalBytes(Machine.Kernels) >= losses.TotalBytes(Machine.Kernels) ? answers : losses;
    }

    // The training step with the worst micro-batch.
    private PhaseMemory WorstCase(TuneSettings settings, StepOutline batches, bool detail = false)
    {
        var worst = batches.Candidates.MaxBy(b => Step(b, false).TotalBytes(Machine.Kernels))!;
        return Step(worst, detail);

        PhaseMemory Step(ModelSample[] batch, bool detail) =>
            _training.Step(settings, [batch], Math.Max(0, batches.PrefetchedPatches - StepOutline.LoadedPatches(batch)), detail);
    }

    private PhaseMemory LargestPhase(
        IEnumerable<int[]> groups,
        IReadOnlyList<ModelSample> samples,
        Func<IReadOnlyList<ModelSample>, bool, PhaseMemory> measure,
        bool detail
    )
    {
        var bySize = new Dictionary<MicroBatchSize, ModelSample[]>();
        foreach (var group in groups)
        {
            var batch = group.Select(i => samples[i]).ToArray();
            bySize.TryAdd(MicroBatchSize.Of(batch, _request.Config, share: true), batch);
        }
        var worst = MicroBatchSize
            .ParetoMaxima(bySize.Keys, MaxHeldOutBatches)
            .MaxBy(s => measure(bySize[s], false).TotalBytes(Machine.Kernels));
        return measure(bySize[worst], detail);
    }

    private PlanTime? Time(TuneSettings settings, StepOutline batches)
    {
        if (Machine.Rates is not { } rates)
            return null;
        var share =
            _training.FeatureBytes == 0
                ? 0
                : Math.Min(
                    1,
                    (double)Math.Max(settings.Features.CacheBytes, Math.Min(settings.Features.DiskBytes, _request.FeatureSpaceBytes))
                        / _training.FeatureBytes
                );
        var first = Step(known: false);
        return new PlanTime(first, share > 0 ? Step(known: true) : first, share, batches.StepsPerEpoch, batches.TotalSteps);

        StepTime Step(bool known)
        {
            var tally = new OperatorTally(rates.NarrowFlops, rates.WideFlops, rates.AttentionShare, rates.BytesPerSecond);
            _training.CountWork(settings, batches.TypicalStep, known, tally);
            return StepTime.Of(tally, rates, known ? null : _request.Data.ImageSeconds / batches.StepsPerEpoch);
        }
    }

    private sealed record Candidate(TuneSettings Settings, StepOutline Batches, long TotalBytes, PlanTime? Time)
    {
        // If rates are unknown, less recomputation counts as faster, then more cached features.
        public double SecondsPerToken =>
            Time is { } time
                ? time.MeanStepSeconds / Batches.TypicalStep.Sum(b => b.Sum(s => s.Ids.Length))
                : Settings.Batches.GradientAccumulation
                    + Math.Min(1000, Settings.Engine.Recompute.Recompute.TextLayers) / 1e3
                    - Settings.Features.CacheBytes / 1e15;
    }
}
