using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;
using Litre.Library;
using Litre.Library.Entries;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>Texts and tables about adapters of the library.</summary>
internal static class AdapterText
{
    public static JsonSerializerOptions Layout { get; } =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An entry with its tags, as JSON.</summary>
    public static JsonObject Json(AdapterEntry entry, IReadOnlyList<string> tags)
    {
        var json = JsonNode.Parse(AdapterLibrary.ToJson(entry))!.AsObject();
        json["tags"] = new JsonArray([.. tags.Select(t => (JsonNode)t)]);
        return json;
    }

    /// <summary>The result of the comparison in a few words, such as <c>better: exact match +21.0 (n 200)</c>.</summary>
    public static string Score(AdapterScores? scores)
    {
        if (scores is { Metric: { } key, Difference: { } difference } && Find(key) is { } metric)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{scores.Verdict}: {metric.Label()} {EvaluationText.Difference(metric, difference)} (n {scores.Samples:N0})"
            );
        return scores is { Loss: { } loss, BaseLoss: { } untuned }
            ? string.Create(CultureInfo.InvariantCulture, $"held-out loss {loss:0.000} (base {untuned:0.000})")
            : "–";
    }

    /// <summary>The interval and the test of the comparison; null if there was none.</summary>
    public static string? Confidence(AdapterScores? scores) =>
        scores is { Metric: { } key, Base: { } before, Tuned: { } after } && Find(key) is { } metric
            ? $"{EvaluationText.Mean(metric, before)} base, {EvaluationText.Mean(metric, after)} tuned, difference "
                + $"{EvaluationText.Ends(metric, new(scores.Difference ?? 0, scores.Low, scores.High), signed: true)} (95 %), p "
                + EvaluationText.PValue(scores.PValue ?? double.NaN)
            : null;

    /// <summary>The metrics of two adapters on the same questions, with the paired test.</summary>
    public static void WriteComparison(IAnsiConsole console, EvaluationResult result, string a, string b)
    {
        var table = new Table().RoundedBorder().AddColumn("metric");
        foreach (var name in (string[])["samples", a, b, "difference", "p"])
            table.AddColumn(new TableColumn(Terminal.Escape(name)).RightAligned());
        table.AddColumn(Terminal.Escape(b));
        foreach (var row in result.VisibleRows().Where(r => r.Group == GroupKind.All))
            table.AddRow(
                Terminal.Escape(row.Metric.Label() + (row.Metric.HigherIsBetter() ? "" : " ↓")),
                row.Samples.ToString("N0", CultureInfo.InvariantCulture),
                Terminal.Escape(Mean(row.Metric, row.Base)),
                Terminal.Escape(Mean(row.Metric, row.Tuned!)),
                Terminal.Escape(
                    $"{EvaluationText.Difference(row.Metric, row.Difference!.Mean)} "
                        + $"({EvaluationText.Ends(row.Metric, row.Difference, signed: true)})"
                ),
                EvaluationText.PValue(row.PValue!.Value),
                EvaluationText.Word(row.Verdict!.Value)
            );
        console.Write(table);
        WriteNotes(console, result);
    }

    /// <summary>The decisive metric of a merged adapter compared with the base and with each adapter that it was merged from.</summary>
    public static void WriteMerged(IAnsiConsole console, IReadOnlyList<(string Name, EvaluationResult Result)> comparisons, string merged)
    {
        var metric = comparisons[0].Result.DecisiveMetric.Metric;
        var table = new Table().RoundedBorder().AddColumn("compared with");
        foreach (var name in (string[])[metric.Label(), merged, "difference", "p"])
            table.AddColumn(new TableColumn(Terminal.Escape(name)).RightAligned());
        table.AddColumn(Terminal.Escape(merged));
        foreach (var (name, result) in comparisons)
        {
            var row = result.DecisiveMetric;
            var (difference, ends) = (row.Difference!, EvaluationText.Ends(metric, row.Difference!, signed: true));
            table.AddRow(
                Terminal.Escape(name),
                Terminal.Escape(Mean(metric, row.Base)),
                Terminal.Escape(Mean(metric, row.Tuned!)),
                Terminal.Escape($"{EvaluationText.Difference(metric, difference.Mean)} ({ends})"),
                EvaluationText.PValue(row.PValue!.Value),
                EvaluationText.Word(row.Verdict!.Value)
            );
        }
        console.Write(table);
        WriteNotes(console, comparisons[0].Result);
    }

    private static void WriteNotes(IAnsiConsole console, EvaluationResult result)
    {
        console.MarkupLine("[grey]In parentheses: 95 % interval by resampling; ↓: lower is better; p: paired sign-flip test.[/]");
        if (SampleSize.Warning(result.Samples) is { } warning)
            console.MarkupLine($"[yellow]{Terminal.Escape(warning)}[/]");
    }

    private static string Mean(Metric metric, Evaluation.Statistics.Interval interval) =>
        $"{EvaluationText.Mean(metric, interval.Mean)} ({EvaluationText.Ends(metric, interval)})";

    private static Metric? Find(string key)
    {
        foreach (var metric in Enum.GetValues<Metric>())
        {
            if (metric.Key() == key)
                return metric;
        }
        return null;
    }
}
