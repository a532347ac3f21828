using System.Text.Json;
using Litre.Data.Packing;
using Litre.Training.Evaluation;
using Litre.Training.Telemetry;
using Litre.Training.Tuning;

namespace Litre.Training.Reporting;

/// <summary>The page of a tuning run, from what its folder and its comparison tell.</summary>
public static class RunReports
{
    /// <param name="settings">The recipe; its output folder holds <c>metrics.jsonl</c>.</param>
    /// <param name="samples">Those that were compared, or none.</param>
    /// <param name="result">Base against tuned, or null.</param>
    /// <param name="encoder">For the limits of pictures.</param>
    /// <param name="end">How the training ended.</param>
    public static RunReport Of(TuneSettings settings, IReadOnlyList<TokenizedSample> samples, EvaluationResult? result, SampleEncoder encoder, TuneEnd end)
    {
        var lines = File.ReadLines(Path.Combine(settings.Output, MetricsLog.FileName))
            .Select(l => JsonDocument.Parse(l).RootElement).ToList();
        return new RunReport
        {
            Title = Path.GetFileName(Path.TrimEndingDirectorySeparator(settings.Output)),
            Subtitle = settings.Data,
            Settings = [.. RecipeFields.All.Select(f => (f.Name, f.Get(settings)))],
            Losses = Points(lines, "step", "loss"),
            ValidationLosses = Points(lines, "validation", "loss"),
            LearningRates = Points(lines, "step", "learning_rate"),
            TokensPerSecond = Points(lines, "step", "tokens_per_second"),
            Messages = [.. lines.Where(l => l.GetProperty("type").GetString() == "message").Select(l => $"step {l.GetProperty("step")}: {l.GetProperty("text").GetString()}").Where(m => m.Contains(": governor: ", StringComparison.Ordinal) || m.Contains(": disk: ", StringComparison.Ordinal))],
            Evaluation = result,
            Answers = result is null ? [] : ReportAnswers.Draw(samples, result, encoder.Limits),
        };
    }

    private static List<ReportPoint> Points(List<JsonElement> lines, string type, string name) =>
        [.. lines.Where(l => l.GetProperty("type").GetString() == type && l.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.Number)
            .Select(l => new ReportPoint(l.GetProperty("step").GetInt32(), l.GetProperty(name).GetDouble()))];
}
