using System.Text.Encodings.Web;
using System.Text.Json;
using Litre.Planning.Benchmarks;
using Litre.Torch;

namespace Litre.Cli.Rendering;

/// <summary>
/// A benchmark as machine-readable JSON: one object on one line. Its keys are stable; those of a step are the same as in
/// other programs' rows (tokens, step_s, tokens_per_s, samples_per_s, peak_gib, gpu_util_percent).
/// </summary>
internal static class BenchJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Text(BenchSetting setting, BenchmarkResult result)
    {
        var (workload, step, kernels) = (setting.Workload, result.Step, setting.Device.Kernels);
        var planned = result.PlannedStep?.TotalBytes(kernels);
        return JsonSerializer.Serialize(
            new
            {
                setting.Model,
                Device = setting.Device.ToString(),
                DeviceName = result.Machine,
                Dtype = setting.DType.Name(),
                Recompute = setting.Recompute.ToString(),
                Targets = workload.Full ? null : workload.Targets,
                LoraRank = workload.Full ? (int?)null : workload.LoraRank,
                workload.Full,
                setting.Data,
                Samples = step is null ? workload.Samples : Mean(step.Samples),
                Pictures = setting.Data is null ? workload.Grids.Count : (int?)null,
                Patches = setting.Data is null ? workload.Grids.Sum(g => g.Patches) : (int?)null,
                workload.Questions,
                SharedPrefixes = workload.SharesPrefixes,
                TextTokens = setting.Data is null ? workload.TextTokens : (int?)null,
                AnswerTokens = setting.Data is null ? workload.AnswerTokens : (int?)null,
                CachedFeatures = workload.CachesFeatures,
                result.WeightBytes,
                LoadS = Round(result.LoadSeconds, 3),
                Tokens = Mean(step?.Tokens),
                StepS = Positive(step?.StepSeconds, 6),
                TokensPerS = Positive(step?.TokensPerSecond, 2),
                SamplesPerS = Positive(step?.SamplesPerSecond, 4),
                PeakGib = step is null ? null : Round(step.PeakBytes / (double)(1L << 30), 3),
                GpuUtilPercent = Round(step?.GpuPercent, 1),
                PeakBytes = step?.PeakBytes,
                PlannedPeakBytes = result.PlannedStep?.TensorBytes,
                PlannedBytes = planned,
                step?.MeasuredBytes,
                PlannedErrorPercent = Round((planned / (double?)step?.MeasuredBytes - 1) * 100, 3),
                step?.OperatorCalls,
                StepTimesS = step?.Seconds.Select(s => Round(s, 6)),
                step?.Losses,
                PeakFlopsPerS = Round(result.Peaks?.FlopsPerSecond, 0),
                PeakBytesPerS = Round(result.Peaks?.BytesPerSecond, 0),
                StepFlops = step?.Work?.Flops,
                StepBytes = step?.Work?.Bytes,
                LeastStepS = Round(step?.Work?.MinSeconds, 6),
                MatrixShare = Round(BenchReport.MatrixShare(result), 4),
                MemoryShare = Round(BenchReport.MemoryShare(result), 4),
                LeastShare = Round(step?.Work?.MinSeconds / step?.StepSeconds, 4),
                Bound = step?.Work?.Bound.ToString().ToLowerInvariant(),
                result.EpochSamples,
                LeftOut = result.EpochSamples is null ? (int?)null : result.LeftOut,
                EpochS = Round(result.EpochSeconds, 3),
                Generation = Generation(result, kernels),
                Serving = result.Serving is { } serving ? Serving(serving) : null,
                Profile = step?.Profile is { } profile ? Profile(profile) : null,
            },
            Options
        );
    }

    private static object? Generation(BenchmarkResult result, DeviceType kernels) =>
        result.PlannedGeneration is not { } planned
            ? null
            : new
            {
                PlannedPeakBytes = planned.TensorBytes,
                PlannedBytes = planned.TotalBytes(kernels),
                result.Generation?.PeakBytes,
                result.Generation?.Prompts,
                result.Generation?.PromptTokens,
                FirstTokenS = Round(result.Generation?.FirstTokenSeconds, 6),
                PrefillTokensPerS = Round(result.Generation?.PrefillTokensPerSecond, 2),
                Decode = result.Generation?.Decodes.Select(d => new
                {
                    d.Batch,
                    d.NewTokens,
                    FirstTokenS = Round(d.FirstTokenSeconds, 6),
                    DecodeS = Round(d.Seconds, 6),
                    DecodeTokensPerS = Round(d.TokensPerSecond, 2),
                    GpuUtilPercent = Round(d.GpuPercent, 1),
                    d.ReplayedSteps,
                    Profile = d.Profile is { } profile ? Profile(profile) : null,
                }),
            };

    private static object Serving(ServingResult serving) =>
        new
        {
            serving.Requests,
            serving.PromptTokens,
            serving.NewTokens,
            AloneFirstTokenS = Round(serving.AloneSeconds, 6),
            FirstTokenS = Round(serving.FirstTokenSeconds, 6),
            PrefillS = Round(serving.PrefillSeconds, 6),
            DecodeS = Round(serving.DecodeSeconds, 6),
            TotalS = Round(serving.Seconds, 6),
            Ratio = Round(serving.Ratio, 4),
            MedianFirstTokenS = Round(serving.MedianFirstTokenSeconds, 6),
            SampledTotalS = Round(serving.SampledSeconds, 6),
            serving.Adapters,
            AdaptersTotalS = Round(serving.MixedSeconds, 6),
            AdaptersRatio = Round(serving.AdapterRatio, 4),
            serving.ReplayedSteps,
        };

    private static object Profile(StepProfile profile) =>
        new
        {
            ProfiledS = Round(profile.Seconds, 6),
            OutsideMs = Round(profile.OutsideSeconds * 1000, 4),
            Operators = profile.Operators.Select(o => new
            {
                o.Name,
                Part = Name(o.Part),
                o.Calls,
                TotalMs = Ms(o),
                Share = Share(o, profile),
                FlopsPerS = Round(o.FlopsPerSecond, 0),
                BytesPerS = Round(o.BytesPerSecond, 0),
            }),
            Parts = profile.ByPart.Select(p => new
            {
                Part = Name(p.Part),
                p.Calls,
                TotalMs = Ms(p),
                Share = Share(p, profile),
            }),
        };

    private static double? Ms(OperatorTime row) => Round(row.Seconds * 1000, 4);

    private static double? Share(OperatorTime row, StepProfile profile) => Round(row.Seconds / profile.Seconds, 5);

    /// <summary>A part's name, such as <c>feed_forward</c>.</summary>
    internal static string Name(ModelPart part) => JsonNamingPolicy.SnakeCaseLower.ConvertName(part.ToString());

    private static double? Mean(IReadOnlyList<int>? values) => values is { Count: > 0 } ? Round(values.Average(), 2) : null;

    private static double? Positive(double? value, int digits) => value > 0 ? Round(value, digits) : null;

    // JSON has no infinity.
    private static double? Round(double? value, int digits) =>
        value is { } number && double.IsFinite(number) ? Math.Round(number, digits) : null;
}
