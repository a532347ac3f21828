using System.Globalization;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;
using Litre.Training.Tuning;

namespace Litre.Reporting;

/// <summary>The texts of a report in one language.</summary>
internal abstract class ReportWords
{
    /// <summary>The texts of a language; English unless Chinese is requested.</summary>
    public static ReportWords Of(ReportLanguage language) =>
        language == ReportLanguage.Zh ? new ChineseReportWords() : new EnglishReportWords();

    /// <summary>The language's tag in HTML.</summary>
    public abstract string Tag { get; }

    public abstract string Report { get; }
    public abstract string Training { get; }
    public abstract string Loss { get; }
    public abstract string LossUnit { get; }
    public abstract string EachStep { get; }
    public abstract string Smoothed { get; }
    public abstract string HeldOut { get; }
    public abstract string UntouchedBase { get; }
    public abstract string LearningRate { get; }
    public abstract string Speed { get; }
    public abstract string TokensPerSecond { get; }
    public abstract string Step { get; }
    public abstract string NoValue { get; }
    public abstract string Answers { get; }
    public abstract string ShowAll { get; }
    public abstract string ShowWrong { get; }
    public abstract string ShowBetter { get; }
    public abstract string ShowWorse { get; }
    public abstract string ShowTruncated { get; }
    public abstract string Expected { get; }
    public abstract string Base { get; }
    public abstract string Tuned { get; }
    public abstract string Right { get; }
    public abstract string Wrong { get; }
    public abstract string Truncated { get; }
    public abstract string NoAnswer { get; }
    public abstract string AllSamples { get; }
    public abstract string Results { get; }
    public abstract string Metric { get; }
    public abstract string Samples { get; }
    public abstract string Difference { get; }
    public abstract string LowerIsBetter { get; }
    public abstract string TableNote { get; }
    public abstract string TestNote { get; }
    public abstract string Notes { get; }
    public abstract string Settings { get; }

    /// <summary>The outcome in one plain sentence.</summary>
    public abstract string Verdict(RunReport report);

    /// <summary>Which metric decides and why; empty if no answers were generated.</summary>
    public abstract string Headline(EvaluationResult result);

    /// <summary>What limits the value of the result, one sentence each.</summary>
    public abstract IReadOnlyList<string> Warnings(RunReport report);

    /// <summary>The name of a metric.</summary>
    public abstract string Name(Metric metric);

    /// <summary>What the samples of a group of tables have in common.</summary>
    public abstract string ByKind(GroupKind kind);

    public abstract string Word(Verdict verdict);

    /// <summary>How many answers of how many are shown, and how many became better and worse; null if there is only one model.</summary>
    public abstract string Drawn(int shown, int of, (int Better, int Worse)? change);

    /// <summary>The title of the wrong answers that are folded after the sampled ones.</summary>
    public abstract string MoreWrong(int shown, int of);

    /// <summary>Values of a chart that are not finite.</summary>
    public abstract string NotFinite(int count, int firstStep);

    /// <summary>Images that are not shown.</summary>
    public abstract string MoreImages(int count);

    /// <summary>A mean with its unit.</summary>
    public virtual string Mean(Metric metric, double value) => EvaluationText.Mean(metric, value);

    /// <summary>The ends of an interval; a dash if there is none.</summary>
    public virtual string Ends(Metric metric, Evaluation.Statistics.Interval interval, bool signed = false) =>
        EvaluationText.Ends(metric, interval, signed);

    protected static string LossText(double loss) => loss.ToString("0.0000", CultureInfo.InvariantCulture);
}
