using System.Diagnostics;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Inference.Sampling;
using Litre.Machine.Sensors;
using Litre.Model;
using Litre.Torch;

namespace Litre.Planning.Benchmarks;

/// <summary>Measures how fast prompts are read and answered, with the generator that chats and evaluations use.</summary>
internal static class GenerationBenchmark
{
    // The first ones load code and create plans; the median excludes them.
    private const int Prefills = 5;

    // Enough that a step is recorded before the measurement starts (ReplaySettings).
    private const int WarmupTokens = 24;

    /// <param name="model">Borrowed.</param>
    /// <param name="workload">How many prompts and tokens.</param>
    /// <param name="source">Provides the prompts; borrowed.</param>
    /// <param name="features">Packs their images. Borrowed.</param>
    public static GenerationResult Run(CausalModel model, StepWorkload workload, IBenchmarkSteps source, FeatureCache features)
    {
        MemoryLedger.ResetPeak(model.Device.Type);
        var generator = new Generator(model, features);
        var prompts = source.Prompts(workload.Samples, pixels: true);
        var times = Enumerable.Range(0, Prefills + 1).Select(_ => Answer(generator, prompts, 1).First).Skip(1).Order().ToArray();
        Free(prompts);
        return new GenerationResult(
            prompts.Length,
            prompts.Sum(p => p.Ids.Length),
            times[Prefills / 2],
            [.. ((int[])[1, workload.GenerateBatch]).Distinct().Select(n => Decode(generator, model.Device, source, n, workload))],
            MemoryLedger.PeakBytes(model.Device.Type)
        );
    }

    private static DecodeResult Decode(Generator generator, Device device, IBenchmarkSteps source, int batch, StepWorkload workload)
    {
        var newTokens = workload.NewTokens;
        var prompts = source.Prompts(batch, pixels: true);
        Answer(generator, prompts, Math.Min(WarmupTokens, newTokens));
        var launched = CudaGraphs.Launched;
        using var busy = new GpuBusy(device);
        var (first, rest) = Answer(generator, prompts, newTokens);
        var percent = busy.Stop();
        launched = CudaGraphs.Launched - launched;
        var profile = workload.Profiles ? Profile(generator, device, prompts, newTokens) : null;
        Free(prompts);
        return new DecodeResult(batch, newTokens, first, rest, percent) { Profile = profile, ReplayedSteps = launched };
    }

    // From the first token on, so that the prefill is excluded.
    private static StepProfile Profile(Generator generator, Device device, ModelSample[] prompts, int newTokens)
    {
        OperatorProfile? profile = null;
        var start = 0L;
        try
        {
            generator.Generate(
                prompts,
                new GenerationSettings { MaxNewTokens = newTokens },
                (_, _) =>
                {
                    if (profile is not null)
                        return;
                    profile = new OperatorProfile(device);
                    start = Stopwatch.GetTimestamp();
                }
            );
            return new StepProfile(Stopwatch.GetElapsedTime(start).TotalSeconds, profile!.Operators);
        }
        finally
        {
            profile?.Dispose();
        }
    }

    /// <summary>Seconds until the first token of some prompts, and from then until the last one.</summary>
    /// <remarks>No token stops an answer. A token is reported when it is known on the host, so that nothing is left to wait for.</remarks>
    public static (double First, double Later) Answer(Generator generator, ModelSample[] prompts, int newTokens)
    {
        var start = Stopwatch.GetTimestamp();
        TimeSpan? first = null;
        generator.Generate(
            prompts,
            new GenerationSettings { MaxNewTokens = newTokens },
            (_, _) => first ??= Stopwatch.GetElapsedTime(start)
        );
        return (first!.Value.TotalSeconds, (Stopwatch.GetElapsedTime(start) - first.Value).TotalSeconds);
    }

    private static void Free(ModelSample[] prompts)
    {
        foreach (var prompt in prompts)
            prompt.Pixels?.Dispose();
    }
}

/// <summary>Answers that were decoded together.</summary>
/// <param name="Batch">How many.</param>
/// <param name="NewTokens">Tokens of each.</param>
/// <param name="FirstTokenSeconds">Until each has its first token.</param>
/// <param name="Seconds">From then until the last token.</param>
/// <param name="GpuPercent">Mean utilization of the GPU, in percent; null if it cannot be read.</param>
public sealed record DecodeResult(int Batch, int NewTokens, double FirstTokenSeconds, double Seconds, double? GpuPercent)
{
    /// <summary>A profile of the same answers, operator by operator from the first token on; null if it was not requested.</summary>
    public StepProfile? Profile { get; init; }

    /// <summary>Steps that were replayed as a recorded graph; the first token of each answer needs none.</summary>
    public long ReplayedSteps { get; init; }

    /// <summary>Tokens per second of all answers together, without the first token of each.</summary>
    public double TokensPerSecond => Batch * (NewTokens - 1) / Seconds;
}

/// <summary>How fast prompts are read and answered.</summary>
/// <param name="Prompts">Packed together in one prefill.</param>
/// <param name="PromptTokens">The prompt tokens of all samples.</param>
/// <param name="FirstTokenSeconds">Until each of them has its first token, images included: the median of several.</param>
/// <param name="Decodes">Answers of one prompt, and of several at once.</param>
/// <param name="PeakBytes">The peak of allocated tensor bytes.</param>
public sealed record GenerationResult(
    int Prompts,
    int PromptTokens,
    double FirstTokenSeconds,
    IReadOnlyList<DecodeResult> Decodes,
    long PeakBytes
)
{
    public double PrefillTokensPerSecond => PromptTokens / FirstTokenSeconds;
}
