using System.Globalization;
using Litre.Core;
using Litre.Planning.Benchmarks;
using Litre.Torch;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>A benchmark as text: steps, answers, and where the time of a step is spent.</summary>
internal static class BenchReport
{
    private const int OperatorsShown = 25;

    public static void Write(IAnsiConsole console, BenchSetting setting, BenchmarkResult result)
    {
        if (result.Machine is { } machine)
            console.WriteLine($"{setting.Model}, random weights, {setting.DType.Name()}, on {machine}");
        if (result.Step is { } step)
            WriteStep(console, setting, result, step);
        if (result.PlannedGeneration is not null)
            WriteGeneration(console, setting, result);
        if (result.Serving is { } serving)
            WriteServing(console, serving);
        if (result.Step?.Profile is { } profile)
            WriteProfile(console, setting, "the profiled step", profile);
        foreach (var decode in result.Generation?.Decodes ?? [])
        {
            if (decode.Profile is { } decoding)
                WriteProfile(
                    console,
                    setting,
                    string.Create(CultureInfo.InvariantCulture, $"the profiled decoding of batch {decode.Batch}"),
                    decoding
                );
        }
    }

    /// <summary>The share of the device's matrix peak that the steps reached; null if it is unknown.</summary>
    public static double? MatrixShare(BenchmarkResult result) =>
        result.Step?.Work?.Flops / result.Step?.StepSeconds / result.Peaks?.FlopsPerSecond;

    /// <summary>The share of its copy rate that the steps reached; null if it is unknown.</summary>
    public static double? MemoryShare(BenchmarkResult result) =>
        result.Step?.Work?.Bytes / result.Step?.StepSeconds / result.Peaks?.BytesPerSecond;

    private static void WriteStep(IAnsiConsole console, BenchSetting setting, BenchmarkResult result, StepResult step)
    {
        var table = TwoColumns("one training step");
        table.AddRow("tokens", Whole(step.Tokens.Average()));
        table.AddRow("samples", Whole(step.Samples.Average()));
        table.AddRow("weights and adapters", Terminal.GiB(result.WeightBytes));
        table.AddRow("peak tensor memory", Terminal.GiB(step.PeakBytes));
        if (step.MeasuredBytes is { } measured)
        {
            table.AddRow("  planned", Terminal.GiB(result.PlannedStep!.TensorBytes));
            table.AddRow("memory in use", Terminal.GiB(measured));
            table.AddRow("  planned", Terminal.GiB(result.PlannedStep.TotalBytes(setting.Device.Kernels)));
        }
        table.AddRow("operator calls", Whole(step.OperatorCalls));
        if (!setting.Device.IsMeta)
        {
            table.AddRow(
                step.Tokens.Distinct().Count() == 1 ? "median time" : "mean time",
                string.Create(CultureInfo.InvariantCulture, $"{step.StepSeconds * 1000:N0} ms")
            );
            table.AddRow("tokens/s", Whole(step.TokensPerSecond));
            table.AddRow("samples/s", string.Create(CultureInfo.InvariantCulture, $"{step.SamplesPerSecond:N2}"));
            if (step.GpuPercent is { } busy)
                table.AddRow("GPU busy", string.Create(CultureInfo.InvariantCulture, $"{busy:N0} %"));
            table.AddRow("losses", string.Join(" ", step.Losses.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l:F3}"))));
        }
        if (result.EpochSeconds is { } epoch)
        {
            var leftOut = result.LeftOut > 0 ? string.Create(CultureInfo.InvariantCulture, $", {result.LeftOut:N0} left out") : "";
            table.AddRow(
                string.Create(CultureInfo.InvariantCulture, $"an epoch of {result.EpochSamples:N0} samples{leftOut}"),
                string.Create(CultureInfo.InvariantCulture, $"{epoch:N1} s")
            );
        }
        console.Write(table);
        if (result.Peaks is { } peaks && step.Work is { } work)
            WriteShares(console, result, peaks, work);
    }

    private static void WriteShares(IAnsiConsole console, BenchmarkResult result, MachinePeaks peaks, StepWork work)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("compared with this device's peaks");
        foreach (var title in (string[])["peak", "per step", "reached"])
            table.AddColumn(new TableColumn(title).RightAligned());
        table.AddRow("matrix products", Rate(peaks.FlopsPerSecond, "FLOP/s"), Rate(work.Flops, "FLOP"), Percent(MatrixShare(result)));
        table.AddRow("memory traffic", Rate(peaks.BytesPerSecond, "B/s"), Rate(work.Bytes, "B"), Percent(MemoryShare(result)));
        console.Write(table);
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"If every operator ran at its peak, a step would take {work.MinSeconds * 1000:N0} ms, "
                    + $"most of it {(work.Bound == StepBound.Arithmetic ? "arithmetic" : "memory traffic")}."
            )
        );
    }

    private static void WriteGeneration(IAnsiConsole console, BenchSetting setting, BenchmarkResult result)
    {
        var table = TwoColumns("answers");
        if (result.Generation is { } generation)
        {
            table.AddRow(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"prefill, {generation.Prompts:N0} prompts of {generation.PromptTokens:N0} tokens"
                ),
                string.Create(CultureInfo.InvariantCulture, $"{generation.PrefillTokensPerSecond:N0} tokens/s")
            );
            table.AddRow(
                "  first token of every prompt",
                string.Create(CultureInfo.InvariantCulture, $"{generation.FirstTokenSeconds * 1000:N0} ms")
            );
            foreach (var decode in generation.Decodes)
            {
                table.AddRow(
                    string.Create(CultureInfo.InvariantCulture, $"decode, batch {decode.Batch:N0}, {decode.NewTokens:N0} new tokens"),
                    string.Create(CultureInfo.InvariantCulture, $"{decode.TokensPerSecond:N1} tokens/s")
                );
                table.AddRow("  first token", string.Create(CultureInfo.InvariantCulture, $"{decode.FirstTokenSeconds * 1000:N0} ms"));
                if (decode.ReplayedSteps > 0)
                    table.AddRow(
                        "  steps replayed as a graph",
                        string.Create(CultureInfo.InvariantCulture, $"{decode.ReplayedSteps:N0} of {decode.NewTokens - 1:N0}")
                    );
                if (decode.GpuPercent is { } busy)
                    table.AddRow("  GPU busy", string.Create(CultureInfo.InvariantCulture, $"{busy:N0} %"));
            }
            table.AddRow("peak tensor memory", Terminal.GiB(generation.PeakBytes));
        }
        table.AddRow("  planned", Terminal.GiB(result.PlannedGeneration!.TensorBytes));
        console.Write(table);
    }

    private static void WriteServing(IAnsiConsole console, ServingResult serving)
    {
        var table = TwoColumns(
            string.Create(CultureInfo.InvariantCulture, $"{serving.Requests:N0} requests that arrive at random within a second")
        );
        Row("a lone request: first token", Milliseconds(serving.FirstTokenSeconds));
        Row("  by the generator", Milliseconds(serving.AloneSeconds));
        Row("from the first arrival to the last token", Seconds(serving.Seconds));
        Row("  prefill and decoding as batches", Seconds(serving.PrefillSeconds + serving.DecodeSeconds));
        Row("  ratio", string.Create(CultureInfo.InvariantCulture, $"{serving.Ratio:F3}"));
        Row("  first token of a request, median", Milliseconds(serving.MedianFirstTokenSeconds));
        Row("sampled: temperature 0.7, top-p 0.8, top-k 20", Seconds(serving.SampledSeconds));
        if (serving.MixedSeconds is { } mixed)
        {
            Row(string.Create(CultureInfo.InvariantCulture, $"with {serving.Adapters:N0} adapters in turn"), Seconds(mixed));
            Row("  ratio", string.Create(CultureInfo.InvariantCulture, $"{serving.AdapterRatio:F3}"));
        }
        Row("steps replayed as a graph", Whole(serving.ReplayedSteps));
        console.Write(table);

        void Row(string name, string value) => table.AddRow(name, value);
        static string Milliseconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:N0} ms");
        static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:F2} s");
    }

    private static void WriteProfile(IAnsiConsole console, BenchSetting setting, string what, StepProfile profile)
    {
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Time spent in {what}:"));
        Rows(console, "operator", profile, [.. profile.ByOperator.Select(o => (o.Name, o))]);
        Rows(console, "part of the model", profile, [.. profile.ByPart.Select(o => (BenchJson.Name(o.Part).Replace('_', ' '), o))]);
        console.WriteLine(
            setting.Device.UsesCuda
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"It took {profile.Seconds * 1000:N0} ms, longer than without profiling, because each operator was waited for."
                )
                : string.Create(CultureInfo.InvariantCulture, $"It took {profile.Seconds * 1000:N0} ms.")
        );
    }

    private static void Rows(IAnsiConsole console, string title, StepProfile profile, IReadOnlyList<(string Name, OperatorTime Row)> rows)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(title);
        foreach (var column in (string[])["calls", "ms", "share", "FLOP/s", "B/s"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var (name, row) in rows.Take(OperatorsShown))
        {
            table.AddRow(
                Terminal.Escape(name),
                Whole(row.Calls),
                Ms(row.Seconds),
                Percent(row.Seconds / profile.Seconds),
                row.FlopsPerSecond is { } flops ? Rate(flops, "") : "",
                row.BytesPerSecond is { } bytes ? Rate(bytes, "") : ""
            );
        }
        if (rows.Count > OperatorsShown)
        {
            var others = rows.Skip(OperatorsShown).ToList();
            table.AddRow(
                string.Create(CultureInfo.InvariantCulture, $"{Units.Count(others.Count, "other")}"),
                Whole(others.Sum(o => o.Row.Calls)),
                Ms(others.Sum(o => o.Row.Seconds)),
                Percent(others.Sum(o => o.Row.Seconds) / profile.Seconds),
                "",
                ""
            );
        }
        table.AddRow("outside operators", "", Ms(profile.OutsideSeconds), Percent(profile.OutsideSeconds / profile.Seconds), "", "");
        console.Write(table);
    }

    private static Table TwoColumns(string title) =>
        new Table().Border(TableBorder.Rounded).AddColumn(title).AddColumn(new TableColumn("").RightAligned());

    private static string Whole(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:N0}");

    private static string Ms(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:N2}");

    private static string Percent(double? share) =>
        share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value * 100:N1} %") : "";

    // 612 TFLOP/s, 3.35 TB/s, 41 GFLOP/s.
    private static string Rate(double value, string unit)
    {
        var (scale, prefix) = value switch
        {
            >= 1e15 => (1e15, "P"),
            >= 1e12 => (1e12, "T"),
            >= 1e9 => (1e9, "G"),
            _ => (1e6, "M"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{value / scale:G4} {prefix}{unit}").TrimEnd();
    }
}
