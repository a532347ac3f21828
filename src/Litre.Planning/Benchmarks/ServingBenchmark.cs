using System.Diagnostics;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Inference.Sampling;
using Litre.Inference.Serving;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Planning.Benchmarks;

/// <summary>
/// Measures requests that arrive at random times and are answered at the same time, against the time that one batch of the same prompts
/// and answers takes.
/// </summary>
internal static class ServingBenchmark
{
    // The first one creates plans and records steps; the median excludes it.
    private const int Rounds = 4;

    /// <param name="model">Borrowed; with the adapter of the training benchmark, which requests do not use.</param>
    /// <param name="workload">How many requests and tokens.</param>
    /// <param name="source">Provides the prompts; borrowed.</param>
    public static ServingResult Run(CausalModel model, StepWorkload workload, IBenchmarkSteps source)
    {
        var prompts = source.Prompts(workload.ServeRequests, pixels: true);
        var (alone, batch, decode) = Batches(model, workload, prompts);
        for (var i = 0; i < workload.ServeAdapters; i++)
            Attach(model, workload, i);
        var slots = model.Adapters.Select(a => a.Slot).Skip(1).ToArray();
        var longest = prompts.Max(p => p.Ids.Length) + workload.NewTokens;
        // A cache for all requests, and none for prefixes: the rounds repeat the prompts.
        var settings = new ServingSettings
        {
            MaxRunning = workload.ServeRequests,
            MaxWaiting = workload.ServeRequests,
            CacheTokens = Math.Max(AnswerEngine.MinCacheTokens, longest * workload.ServeRequests),
            PrefixShare = 0,
        };
        var engine = AnswerEngine.Over(model, settings);
        try
        {
            return RunAsync(engine).GetAwaiter().GetResult();
        }
        finally
        {
            engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
            foreach (var pixels in prompts.Select(p => p.Pixels).Distinct())
                pixels?.Dispose();
        }

        async Task<ServingResult> RunAsync(AnswerEngine engine)
        {
            await engine.PrepareAsync();
            var first = new List<double>();
            for (var i = 0; i <= Rounds; i++)
                first.Add((await AnswerAsync(engine, prompts[0], AdapterSelection.NoAdapter, Greedy(1), i)).First);
            var (plain, mixed, sampled) = (new List<Load>(), new List<Load>(), new List<Load>());
            var greedy = Greedy(workload.NewTokens);
            for (var round = 0; round < Rounds; round++)
            {
                plain.Add(await BurstAsync(engine, prompts, [AdapterSelection.NoAdapter], workload, greedy, round));
                sampled.Add(
                    await BurstAsync(
                        engine,
                        prompts,
                        [AdapterSelection.NoAdapter],
                        workload,
                        greedy with
                        {
                            Temperature = 0.7,
                            TopP = 0.8,
                            TopK = 20,
                        },
                        round
                    )
                );
                if (slots.Length > 0)
                    mixed.Add(await BurstAsync(engine, prompts, slots, workload, greedy, round));
            }
            return new ServingResult(
                prompts.Length,
                prompts.Sum(p => p.Ids.Length),
                workload.NewTokens,
                alone,
                Median(first.Skip(1)),
                batch,
                decode,
                Median(plain.Skip(1).Select(l => l.Seconds)),
                Median(plain.Skip(1).Select(l => Median(l.First))),
                Median(sampled.Skip(1).Select(l => l.Seconds)),
                slots.Length,
                slots.Length > 0 ? Median(mixed.Skip(1).Select(l => l.Seconds)) : null,
                engine.Status.ReplayedSteps
            );
        }
    }

    private sealed record Load(double Seconds, IReadOnlyList<double> First);

    // One prompt's first token, all prompts' first tokens, and the tokens after them, without a scheduler's decisions.
    private static (double Alone, double Prefill, double Decode) Batches(CausalModel model, StepWorkload workload, ModelSample[] prompts)
    {
        using var features = new FeatureCache(model, 0);
        var generator = new Generator(model, features);
        ModelSample[] based = [.. prompts.Select(p => p with { Adapter = AdapterSelection.NoAdapter })];
        var alone = Enumerable.Range(0, Rounds + 1).Select(_ => GenerationBenchmark.Answer(generator, based[..1], 1).First).Skip(1);
        // Prompts are read in the benchmark's batches, as many at once as its memory was planned for.
        var prefill = Enumerable
            .Range(0, Rounds)
            .Select(_ => based.Chunk(workload.Samples).Sum(chunk => GenerationBenchmark.Answer(generator, chunk, 1).First))
            .Skip(1);
        var decode = Enumerable
            .Range(0, Rounds - 1)
            .Select(_ => GenerationBenchmark.Answer(generator, based, workload.NewTokens).Later)
            .Skip(1);
        return (Median(alone), Median(prefill), Median(decode));
    }

    private static async Task<Load> BurstAsync(
        AnswerEngine engine,
        ModelSample[] prompts,
        int[] slots,
        StepWorkload workload,
        GenerationSettings settings,
        int round
    )
    {
        var random = new Random(round);
        var delays = prompts.Select(_ => random.NextDouble() * workload.ServeSeconds).ToArray();
        // The clock starts when the first one arrives.
        var least = delays.Min();
        var start = Stopwatch.GetTimestamp();
        var results = await Task.WhenAll(
            prompts.Select(
                async (prompt, i) =>
                {
                    await Task.Delay(TimeSpan.FromSeconds(delays[i] - least));
                    return await AnswerAsync(
                        engine,
                        prompt,
                        slots[i % slots.Length],
                        settings with
                        {
                            Seed = i,
                        },
                        round * prompts.Length + i
                    );
                }
            )
        );
        return new Load(Stopwatch.GetElapsedTime(start).TotalSeconds, [.. results.Select(r => r.First)]);
    }

    private static async Task<(double First, double Total)> AnswerAsync(
        AnswerEngine engine,
        ModelSample prompt,
        int slot,
        GenerationSettings settings,
        int id
    )
    {
        // Each request's image is a new one, and its pixels are its own.
        var request = prompt with
        {
            Adapter = slot,
            Pixels = prompt.Pixels is null ? null : TensorScope.Keep(prompt.Pixels.Alias()),
            ImageKeys = [.. prompt.Grids.Select((_, g) => $"{Guid.NewGuid()} {id} {g}")],
        };
        await foreach (var next in engine.ContinueAsync(request, settings))
        {
            if (next is AnswerEnd end)
                return (end.Timing.FirstToken, end.Timing.Total);
        }
        throw new InvalidOperationException("an answer ended without its last event");
    }

    private static void Attach(CausalModel model, StepWorkload workload, int seed)
    {
        var settings = new TrainableSettings
        {
            Targets = workload.Targets,
            LoraRank = workload.LoraRank,
            LoraAlpha = 2 * workload.LoraRank,
        };
        var adapter = LoraAttachment.Attach(model, LoraTargets.Configure(model, settings, ""));
        LoraAttachment.Initialize(adapter, seed);
    }

    private static GenerationSettings Greedy(int newTokens) => new() { MaxNewTokens = newTokens };

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}

/// <summary>Requests that were answered at the same time.</summary>
/// <param name="Requests">How many.</param>
/// <param name="PromptTokens">Their prompts' tokens together.</param>
/// <param name="NewTokens">Tokens of each answer.</param>
/// <param name="AloneSeconds">The first token of one prompt by the generator.</param>
/// <param name="FirstTokenSeconds">The first token of a lone request.</param>
/// <param name="PrefillSeconds">The first tokens of all prompts, in batches of the benchmark's samples.</param>
/// <param name="DecodeSeconds">The tokens after the first ones of all prompts in one batch.</param>
/// <param name="Seconds">From the first arrival to the last token, all with the base model.</param>
/// <param name="MedianFirstTokenSeconds">The median time from a request's arrival to its first token meanwhile.</param>
/// <param name="SampledSeconds">The same with temperature 0.7, top-p 0.8 and top-k 20.</param>
/// <param name="Adapters">The number of adapters that the requests alternate between.</param>
/// <param name="MixedSeconds">The same with adapters; null without.</param>
/// <param name="ReplayedSteps">Steps of all rounds that replayed a recorded one.</param>
public sealed record ServingResult(
    int Requests,
    int PromptTokens,
    int NewTokens,
    double AloneSeconds,
    double FirstTokenSeconds,
    double PrefillSeconds,
    double DecodeSeconds,
    double Seconds,
    double MedianFirstTokenSeconds,
    double SampledSeconds,
    int Adapters,
    double? MixedSeconds,
    long ReplayedSteps
)
{
    /// <summary>The time of the requests by that of one batch.</summary>
    public double Ratio => Seconds / (PrefillSeconds + DecodeSeconds);

    /// <summary>The time with adapters by that without.</summary>
    public double? AdapterRatio => MixedSeconds / Seconds;
}
