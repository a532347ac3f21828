using System.Globalization;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;

namespace Litre.Reporting;

/// <summary>A report in English.</summary>
internal sealed class EnglishReportWords : ReportWords
{
    public override string Tag => "en";
    public override string Report => "report";
    public override string Training => "Training";
    public override string Loss => "Loss";
    public override string LossUnit => "nats per answer token";
    public override string EachStep => "training, each step";
    public override string Smoothed => "training, smoothed";
    public override string HeldOut => "held out";
    public override string UntouchedBase => "base model, held out";
    public override string LearningRate => "Learning rate";
    public override string Speed => "Speed";
    public override string TokensPerSecond => "tokens per second";
    public override string Step => "step";
    public override string NoValue => "no finite values";
    public override string Answers => "Answers";
    public override string ShowAll => "all";
    public override string ShowWrong => "wrong";
    public override string ShowBetter => "improved";
    public override string ShowWorse => "got worse";
    public override string ShowTruncated => "truncated";
    public override string Expected => "expected: ";
    public override string Base => "base";
    public override string Tuned => "tuned";
    public override string Right => "right";
    public override string Wrong => "wrong";
    public override string Truncated => "truncated";
    public override string NoAnswer => "(nothing)";
    public override string AllSamples => "all samples";
    public override string Results => "Results";
    public override string Metric => "metric";
    public override string Samples => "samples";
    public override string Difference => "difference";
    public override string LowerIsBetter => "lower is better";
    public override string Notes => "Notes of the run";
    public override string Settings => "Settings";

    public override string TableNote =>
        "Below each mean is its 95 % interval from 10,000 bootstrap resamples; it is missing if there are too few "
        + "samples or all are alike. ↓: lower is better.";

    public override string TestNote =>
        "p comes from a paired sign-flip test: how often chance alone gives a difference this large. A row is called "
        + "better or worse if p < 0.05. The first row decides; among many rows, some differ by chance.";

    public override string Verdict(RunReport report)
    {
        var evaluation = report.Evaluation is { } result ? EvaluationText.Sentence(result) : "";
        if (report.End is not { } end)
            return evaluation.Length > 0 ? evaluation : "Nothing was evaluated.";
        if (end.Failure is { } failure)
            return $"The run diverged and was stopped: {failure}.";
        if (end.IsWorseThanBase)
            return string.Create(
                    CultureInfo.InvariantCulture,
                    $"By held-out loss, no step is as good as the base model: the lowest loss is "
                        + $"{LossText(end.BestLoss!.Value)} (step {end.BestStep:N0}), worse than the base model's "
                        + $"{LossText(end.BaseLoss!.Value)}. {evaluation}"
                )
                .TrimEnd();
        if (evaluation.Length > 0)
            return evaluation;
        return end is { BestLoss: { } best, BaseLoss: { } baseLoss }
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"The base and the tuned model were not compared; the held-out loss decreased from {LossText(baseLoss)} "
                    + $"to {LossText(best)} (step {end.BestStep:N0})."
            )
            : "No samples were held out, so it is unknown whether the training helped.";
    }

    public override string Headline(EvaluationResult result) => EvaluationText.Headline(result);

    public override IReadOnlyList<string> Warnings(RunReport report)
    {
        var warnings = new List<string>(report.Warnings?.Lines() ?? []);
        // The plan may have the same warning about the same samples.
        if (report.Evaluation is { } result)
            warnings.AddRange(EvaluationText.Warnings(result).Where(w => !warnings.Contains(w)));
        return warnings;
    }

    public override string Name(Metric metric) => metric.Label();

    public override string ByKind(GroupKind kind) => kind == GroupKind.Source ? "By source" : "By question type";

    public override string Word(Verdict verdict) => EvaluationText.Word(verdict);

    public override string Drawn(int shown, int of, (int Better, int Worse)? change)
    {
        var changed = change is { } c
            ? string.Create(CultureInfo.InvariantCulture, $"; of all, {c.Better:N0} got better and {c.Worse:N0} worse")
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"{shown:N0} of {of:N0}, sampled evenly{changed}.");
    }

    public override string MoreWrong(int shown, int of) =>
        string.Create(CultureInfo.InvariantCulture, $"More wrong answers: {shown:N0} of {of:N0}");

    public override string NotFinite(int count, int firstStep) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"not finite at {count:N0} {(count == 1 ? "step" : "steps")}, first at step {firstStep:N0}"
        );

    public override string MoreImages(int count) =>
        string.Create(CultureInfo.InvariantCulture, $"and {count:N0} more {(count == 1 ? "image" : "images")}");
}
