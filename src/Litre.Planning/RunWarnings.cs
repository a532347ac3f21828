using System.Globalization;
using Litre.Evaluation;
using Litre.Model;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>Warnings before a run: what limits what it can learn or prove.</summary>
/// <param name="Steps">The steps of the run.</param>
/// <param name="WarmupSteps">The steps among these in which the learning rate only rises.</param>
/// <param name="HeldOut">Samples that base and tuned model would be compared on; 0 if they are not compared.</param>
/// <param name="LongAnswers">Held-out samples whose answers are longer than the generation limit.</param>
/// <param name="LongestAnswer">The longest of them, in tokens.</param>
/// <param name="MaxNewTokens">The generation limit in tokens.</param>
public sealed record RunWarnings(int Steps, int WarmupSteps, int HeldOut, int LongAnswers, int LongestAnswer, int MaxNewTokens)
{
    /// <summary>The minimum number of steps in which something is usually learned.</summary>
    public const int MinSteps = 20;

    /// <summary>Whether base and tuned model are compared on the held-out samples.</summary>
    public bool IsCompared { get; init; } = true;

    /// <summary>Rows that cannot be used and are skipped.</summary>
    public int UnusableRows { get; init; }

    /// <summary>Whether the run has too few steps to learn.</summary>
    public bool HasFewSteps => Steps < MinSteps || Steps <= WarmupSteps;

    /// <summary>The warnings of a plan.</summary>
    public static RunWarnings Of(Plan plan)
    {
        var settings = plan.Settings;
        var held = settings.Comparison.When == EvaluationTime.None ? [] : plan.Request.Data.HeldOut(settings);
        return Of(held, settings.Comparison.MaxNewTokens) with
        {
            Steps = plan.Batches.TotalSteps,
            WarmupSteps = LearningRateSchedule.WarmupSteps(settings.Optimizer.Warmup, plan.Batches.TotalSteps),
            UnusableRows = plan.Request.Data.UnusableRows,
        };
    }

    /// <summary>The warnings of an evaluation without training.</summary>
    /// <param name="heldOut">The samples.</param>
    /// <param name="maxNewTokens">The generation limit in tokens; 0 if no answers are generated.</param>
    public static RunWarnings Of(IEnumerable<ModelSample> heldOut, int maxNewTokens)
    {
        var lengths = heldOut.Select(LastAnswerLength).ToList();
        var tooLong = maxNewTokens == 0 ? [] : lengths.Where(l => l > maxNewTokens).ToList();
        return new RunWarnings(int.MaxValue, 0, lengths.Count, tooLong.Count, tooLong.Count > 0 ? tooLong.Max() : 0, maxNewTokens);
    }

    /// <summary>The warnings, one sentence each.</summary>
    public IReadOnlyList<string> Lines()
    {
        var lines = new List<string>();
        if (HasFewSteps)
        {
            var warmup = WarmupSteps > 0 ? string.Create(CultureInfo.InvariantCulture, $", {WarmupSteps:N0} of them warmup") : "";
            lines.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Steps:N0} {(Steps == 1 ? "step is" : "steps are")} too few to learn from{warmup}: raise "
                        + $"`epochs` or `max-steps`, or lower `micro-batch-tokens`, so that there are at least "
                        + $"{MinSteps}, preferably 100 or more."
                )
            );
        }
        if (UnusableRows > 0)
            lines.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{UnusableRows:N0} {(UnusableRows == 1 ? "row is" : "rows are")} skipped because of errors; run "
                        + $"`litre data check` to see why."
                )
            );
        if (IsCompared && HeldOut > 0 && SampleSize.Warning(HeldOut) is { } few)
            lines.Add(few);
        if (LongAnswers > 0)
            lines.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{LongAnswers:N0} of {HeldOut:N0} held-out answers have more tokens than `max-new-tokens "
                        + $"{MaxNewTokens:N0}` (the longest has {LongestAnswer:N0}), so the answers generated for them "
                        + $"are truncated; raise it."
                )
            );
        return lines;
    }

    // Tokens of the last answer, without the one that ends it.
    private static int LastAnswerLength(ModelSample sample)
    {
        if (sample.Labels is not { } labels)
            return 0;
        var end = labels.Length;
        while (end > 0 && labels[end - 1] == ModelSample.NoLoss)
            end--;
        var start = end;
        while (start > 0 && labels[start - 1] != ModelSample.NoLoss)
            start--;
        return Math.Max(0, end - start - 1);
    }
}
