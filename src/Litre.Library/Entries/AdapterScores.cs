using System.Text.Json;
using Litre.Core.Json;
using Litre.Evaluation;
using Litre.Training.Tuning;

namespace Litre.Library.Entries;

/// <summary>What was measured of an adapter: the decisive metric of the comparison at the end of its run, and the held-out loss.</summary>
public sealed record AdapterScores
{
    /// <summary>The key of the decisive metric; null if base and adapter were not compared.</summary>
    public string? Metric { get; init; }

    /// <summary>Samples of the comparison.</summary>
    public int Samples { get; init; }

    /// <summary>The base model's mean.</summary>
    public double? Base { get; init; }

    /// <summary>The adapter's mean.</summary>
    public double? Tuned { get; init; }

    /// <summary>Adapter minus base.</summary>
    public double? Difference { get; init; }

    /// <summary>The lower end of the difference's 95 % interval.</summary>
    public double? Low { get; init; }

    /// <summary>The upper end.</summary>
    public double? High { get; init; }

    /// <summary>The p-value of the paired test.</summary>
    public double? PValue { get; init; }

    /// <summary><c>better</c>, <c>worse</c> or <c>not proven</c>.</summary>
    public string? Verdict { get; init; }

    /// <summary>The held-out loss in nats per token.</summary>
    public double? Loss { get; init; }

    /// <summary>The base model's held-out loss.</summary>
    public double? BaseLoss { get; init; }

    /// <summary>The step of the run after which the adapter was saved.</summary>
    public int? Step { get; init; }

    /// <summary>Reads the files of an adapter and its run; null if they contain no measurement.</summary>
    /// <param name="adapter">The adapter's folder.</param>
    /// <param name="run">The run's folder, or null.</param>
    internal static AdapterScores? Read(string adapter, string? run)
    {
        var scores = HeldOutMetrics.Read(adapter) is { } held
            ? new AdapterScores
            {
                Loss = held.Loss,
                BaseLoss = held.BaseLoss,
                Step = held.Step,
            }
            : null;
        var path = run is null ? null : Path.Combine(run, EvaluationFiles.ResultName);
        if (path is null || !File.Exists(path))
            return scores;
        try
        {
            using var json = JsonDocument.Parse(FileReading.ReadText(path));
            return Compared(json.RootElement, scores ?? new AdapterScores());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or IOException)
        {
            return scores; // the evaluation's file is the user's to repair; an entry without it is complete otherwise
        }
    }

    private static AdapterScores Compared(JsonElement result, AdapterScores scores)
    {
        var metric = result.GetProperty("headline").GetString();
        foreach (var row in result.GetProperty("rows").EnumerateArray())
        {
            if (row.GetProperty("group").GetString() != "all" || row.GetProperty("metric").GetString() != metric)
                continue;
            if (!row.TryGetProperty("difference", out var difference) || difference.ValueKind != JsonValueKind.Object)
                return scores;
            return scores with
            {
                Metric = metric,
                Samples = row.GetProperty("samples").GetInt32(),
                Base = Number(row.GetProperty("base"), "mean"),
                Tuned = Number(row.GetProperty("tuned"), "mean"),
                Difference = Number(difference, "mean"),
                Low = Number(difference, "low"),
                High = Number(difference, "high"),
                PValue = Number(row, "p_value"),
                Verdict = row.GetProperty("verdict").GetString(),
            };
        }
        return scores;
    }

    private static double? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
