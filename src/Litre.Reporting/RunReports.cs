using System.Text.Json;
using Litre.Data.Packing;
using Litre.Evaluation;
using Litre.Planning;
using Litre.Training.Telemetry;
using Litre.Training.Tuning;

namespace Litre.Reporting;

/// <summary>Creates the report of a tuning run from its folder and its comparison.</summary>
public static class RunReports
{
    // A run of weeks may repeat the same message thousands of times.
    private const int MaxMessages = 200;

    /// <summary>Writes the report of a trained job, with its comparison if there is one.</summary>
    /// <returns>The page's path, in the run's folder.</returns>
    /// <exception cref="InvalidOperationException">The job has not been trained.</exception>
    /// <exception cref="Core.InputException">The file cannot be written.</exception>
    public static string Write(TuneJob job)
    {
        var end = job.End ?? throw new InvalidOperationException("a run is reported after its training");
        var (settings, data) = (job.Settings, job.Data);
        var language = DataLanguage.Of(
            settings.Comparison.ReportLanguage,
            data.Test.Concat(data.Validation).Concat(data.Train).Select(s => s.Sample)
        );
        var held = TuneComparison.HeldOut(job.Run, settings.Comparison);
        var report = Create(settings, held, job.Evaluation, job.Run.Encoder, end, RunWarnings.Of(job.Plan), language, job.Tiles);
        var page = Path.Combine(settings.Output, ReportPage.FileName);
        ReportPage.Write(page, report);
        return page;
    }

    /// <param name="settings">The recipe; its output folder contains <c>metrics.jsonl</c>.</param>
    /// <param name="samples">The compared samples, or none.</param>
    /// <param name="result">Base against tuned, or null.</param>
    /// <param name="encoder">Provides the limits of images.</param>
    /// <param name="end">How the training ended.</param>
    /// <param name="warnings">The warnings given before the run.</param>
    /// <param name="tiles">Downscaled pages compared with tiled ones, or null.</param>
    /// <param name="language">English or Chinese, as determined by <see cref="DataLanguage"/>.</param>
    public static RunReport Create(
        TuneSettings settings,
        IReadOnlyList<TokenizedSample> samples,
        EvaluationResult? result,
        SampleEncoder encoder,
        TuneEnd end,
        RunWarnings? warnings = null,
        ReportLanguage language = ReportLanguage.En,
        TileComparison? tiles = null
    )
    {
        var lines = File.ReadLines(Path.Combine(settings.Output, MetricsLog.FileName))
            .Select(l => JsonDocument.Parse(l).RootElement)
            .ToList();
        return new RunReport
        {
            Title = Path.GetFileName(Path.TrimEndingDirectorySeparator(settings.Output)),
            Subtitle = settings.Data.Path,
            Language = language,
            End = end,
            Warnings = warnings,
            Settings = [.. RecipeFields.All.Select(f => (f.Name, f.Get(settings)))],
            Losses = Points(lines, "step", "loss"),
            ValidationLosses = Points(lines, "validation", "loss"),
            LearningRates = Points(lines, "step", "learning_rate"),
            TokensPerSecond = Points(lines, "step", "tokens_per_second"),
            Messages = Messages(lines),
            Evaluation = result,
            Tables = tiles is null ? [] : [TileTable.Of(tiles)],
            Answers = result is null ? [] : ReportAnswers.Select(samples, result, encoder.Limits),
        };
    }

    private static List<string> Messages(List<JsonElement> lines)
    {
        var all = lines
            .Where(l => l.GetProperty("type").GetString() == "message")
            .Select(l => $"step {l.GetProperty("step")}: {l.GetProperty("text").GetString()}")
            .ToList();
        return all.Count <= MaxMessages ? all : [.. all.Take(MaxMessages), $"and {all.Count - MaxMessages} more, see {TextLog.FileName}"];
    }

    // Numbers that JSON cannot represent are strings in the file.
    private static List<ReportPoint> Points(List<JsonElement> lines, string type, string name) =>
        [
            .. lines
                .Where(l => l.GetProperty("type").GetString() == type && l.TryGetProperty(name, out _))
                .Select(l => new ReportPoint(
                    l.GetProperty("step").GetInt32(),
                    l.GetProperty(name) is { ValueKind: JsonValueKind.Number } v ? v.GetDouble() : double.NaN
                )),
        ];
}
