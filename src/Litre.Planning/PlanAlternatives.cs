using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>
/// Alternatives that fit if a run does not: the settings closest to the requested ones, then smaller models of the family.
/// </summary>
internal static class PlanAlternatives
{
    private const int MaxModels = 3;

    public static IReadOnlyList<PlanAlternative> Find(PlanRequest request)
    {
        var found = new List<PlanAlternative>();
        var weights = Parameters(request.Config) * request.Settings.Engine.DType.Bytes();
        foreach (var (change, settings) in weights < request.Machine.BudgetBytes ? ClosestSettings(request) : [])
        {
            if (Try(request with { Settings = settings }) is not { } plan)
                continue;
            found.Add(new PlanAlternative(request.Model, change, plan.PeakBytes));
            break;
        }
        var own = Parameters(request.Config);
        var published = request.Config.Family.Published;
        var smaller = published
            .Names.Select(n => published.Find(n)!.Value)
            .Where(m => Parameters(m.Config) < 0.95 * own)
            .OrderByDescending(m => Parameters(m.Config));
        foreach (var (name, config) in smaller)
        {
            if (found.Count(f => f.Model != request.Model) == MaxModels)
                break;
            // Targets that only the other kind of model has are not used for this one.
            if (
                config.IsMoe != request.Config.IsMoe
                && request.Settings.Trainable.Targets.Any(t => t.Contains("expert", StringComparison.Ordinal))
            )
                continue;
            var other = request with { Model = name, Config = config, Shape = CheckpointShape.Expected(config) };
            var plan = Try(other);
            var change = "";
            if (plan is null)
            {
                plan = Try(other with { Settings = Free(request.Settings) });
                change = "`micro-batch-tokens auto` `recompute auto`";
            }
            if (plan is not null)
                found.Add(new PlanAlternative(name, change, plan.PeakBytes));
        }
        return found;
    }

    /// <summary>Machines with enough memory for a plan as it is.</summary>
    public static IReadOnlyList<string> Machines(Plan plan)
    {
        if (plan.Machine.Kernels != DeviceType.Cuda)
            return [];
        return
        [
            .. MachineProfiles
                .All.Where(m => plan.PeakBytes + (m.IsUnified ? plan.HostBytes : 0) <= MachineProfiles.Described(m, null).BudgetBytes)
                .Select(m => m.Name),
        ];
    }

    // Each change from the requested settings, the smallest first.
    private static IEnumerable<(string Change, TuneSettings Settings)> ClosestSettings(PlanRequest request)
    {
        var settings = request.Settings;
        var change = new List<string>();
        if (settings.Batches.MicroBatchTokens > 0 || settings.Engine.Recompute != RecomputeSetting.Auto)
        {
            change.Add("`micro-batch-tokens auto` `recompute auto`");
            settings = Free(settings);
            yield return (string.Join(' ', change), settings);
        }
        if (settings.Trainable.Full)
        {
            change.Add("without `full`");
            settings = settings with { Trainable = settings.Trainable with { Full = false, Freeze = [] } };
            yield return (string.Join(' ', change), settings);
        }
        if (!settings.Trainable.Targets.SequenceEqual(["attention"]))
        {
            change.Add("`target attention`");
            settings = settings with { Trainable = settings.Trainable with { Targets = ["attention"] } };
            yield return (string.Join(' ', change), settings);
        }
        var lengths = request.Data.Train.Select(s => s.Ids.Length).Order().ToArray();
        var most = lengths[lengths.Length * 9 / 10];
        if (most < lengths[^1])
        {
            change.Add(SettingName.Quote("max-tokens", most));
            yield return (string.Join(' ', change), settings with { Batches = settings.Batches with { MaxTokens = most } });
        }
    }

    private static TuneSettings Free(TuneSettings settings) =>
        settings with
        {
            Batches = settings.Batches with { MicroBatchTokens = 0, GradientAccumulation = 1 },
            Engine = settings.Engine with { Recompute = RecomputeSetting.Auto },
            Features = settings.Features with { CacheGiB = null },
        };

    private static Plan? Try(PlanRequest request)
    {
        try
        {
            return Planner.FirstFit(request);
        }
        catch (InputException)
        {
            // Targets or frozen parts that this model does not have.
            return null;
        }
    }

    private static long Parameters(ModelConfig config) => CheckpointShape.Expected(config).Tensors.Values.Sum(t => Shape.Count(t.Shape));
}

/// <summary>Other settings that would fit.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Change">The settings to change, in backticks; empty if only the model differs.</param>
/// <param name="TotalBytes">Its peak.</param>
public sealed record PlanAlternative(string Model, string Change, long TotalBytes);
