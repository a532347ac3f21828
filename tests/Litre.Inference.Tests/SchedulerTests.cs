using Litre.Inference.Features;
using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Inference.Tests;

/// <summary>Whatever else runs at the same time, a prompt is continued as it is alone.</summary>
public sealed class SchedulerTests
{
    private const int Base = AdapterSelection.NoAdapter;

    // Few sequences, few rows, small parts of prompts, prefixes kept, prompts that arrive and are canceled in the middle.
    [Theory]
    [InlineData(0, false)]
    [InlineData(5, false)]
    [InlineData(0, true)]
    [InlineData(5, true)]
    public void Step_PromptsThatComeAndGo_EqualsEachAlone(int experts, bool recorded)
    {
        var (cached, chunks) = (0, 0);
        Property.Holds(
            12,
            random =>
            {
                using var model = Model(experts, 0, 1);
                using var features = random.Flip() ? null : new FeatureCache(model, 4000) { EvictsOldest = true };
                var prompts = Prompts(random, model);
                var settings = prompts.Select(_ => Settings(random)).ToArray();
                string[] expected = [.. prompts.Select((p, i) => Text(Alone(model, p, settings[i])))];
                var rows = prompts.Zip(settings, (p, s) => p.Ids.Length + s.MaxNewTokens).Max() + random.Between(20, 90);
                using var states = model.Text.CreateRows(random.Between(2, 5), rows);
                using var stream = new RepeatingStream();
                using var scheduler = new Scheduler(
                    model,
                    features,
                    states,
                    new SchedulerSettings
                    {
                        ChunkTokens = random.Between(3, 30),
                        PrefixTokens = random.Next(3) == 0 ? 0 : 80,
                        MaxRunning = random.Between(1, 4),
                        RoundsLongest = random.Flip(),
                        Replay = recorded
                            ? new ReplaySettings
                            {
                                WarmupSteps = 1,
                                MinTokens = 1,
                                AnyDevice = true,
                                OpenStream = _ => stream,
                            }
                            : ReplaySettings.Never,
                    }
                );
                var ended = new List<GenerationTask>();
                var tasks = prompts
                    .Select((p, i) => new GenerationTask(p, settings[i], null) { Scope = i % 3 == 0 ? null : "s", OnEnd = ended.Add })
                    .ToArray();
                var next = 0;
                while (next < tasks.Length || !scheduler.IsIdle)
                {
                    while (next < tasks.Length && (scheduler.IsIdle || random.Next(3) == 0))
                        scheduler.Submit(tasks[next++]);
                    if (random.Next(12) == 0)
                        tasks[random.Next(tasks.Length)].IsCanceled = true;
                    scheduler.Step();
                    chunks += scheduler.Running.Count(t => !t.IsPromptRead);
                }
                Assert.Equal(tasks.Length, ended.Count);
                cached += AskTwice(scheduler);
                for (var i = 0; i < tasks.Length; i++)
                {
                    var found = Text([.. tasks[i].Answer]);
                    if (tasks[i].IsCanceled)
                        Assert.StartsWith(found, expected[i]);
                    else
                        Assert.Equal(expected[i], found);
                    cached += tasks[i].CachedTokens;
                }
                Free(prompts);
            }
        );
        Assert.True(cached > 0 && chunks > 0, $"{cached} tokens from prefixes, {chunks} parts of prompts");
    }

    [Fact]
    public void Step_SamePromptOfTwoScopes_SharesNothing()
    {
        using var model = Model(0);
        using var states = model.Text.CreateRows(4, 400);
        using var scheduler = Open(model, states);
        var prompt = new ModelSample([.. Enumerable.Range(0, 40).Select(i => i % 30)], null, [], null) { Adapter = Base };
        Assert.Equal(0, Run("a"));
        Assert.Equal(39, Run("a"));
        Assert.Equal(0, Run("b"));
        Assert.Equal(0, Run(null));
        Assert.Equal(0, Run(null));

        int Run(string? scope)
        {
            var task = new GenerationTask(prompt, new GenerationSettings { MaxNewTokens = 3 }, null) { Scope = scope };
            scheduler.Submit(task);
            while (scheduler.Step()) { }
            return task.CachedTokens;
        }
    }

    [Fact]
    public void Step_NoSpaceBesideItsPrefix_StartsWithoutIt()
    {
        using var model = Model(0);
        using var states = model.Text.CreateRows(4, 60);
        using var scheduler = Open(model, states);
        Assert.Equal(0, AskTwice(scheduler, tokens: 45));
        Assert.True(scheduler.IsIdle);
    }

    [Fact]
    public void Step_PrefixOfAnotherAdapter_IsNotUsed()
    {
        using var model = Model(0, 0, 1);
        using var states = model.Text.CreateRows(4, 400);
        using var scheduler = Open(model, states);
        Assert.Equal([0, 39, 0, 0], ((int[])[0, 0, 1, Base]).Select(Run));
        scheduler.ForgetPrefixes(0);
        Assert.Equal([0, 39], ((int[])[0, 1]).Select(Run));

        int Run(int adapter)
        {
            var prompt = new ModelSample([.. Enumerable.Range(0, 40).Select(i => i % 30)], null, [], null) { Adapter = adapter };
            var task = new GenerationTask(prompt, new GenerationSettings { MaxNewTokens = 3 }, null) { Scope = "s" };
            scheduler.Submit(task);
            while (scheduler.Step()) { }
            return task.CachedTokens;
        }
    }

    [Fact]
    public void Step_Canceled_FreesItsRowsAtOnce()
    {
        using var model = Model(0);
        using var states = model.Text.CreateRows(4, 60);
        using var scheduler = Open(model, states);
        var prompt = new ModelSample([1, 2, 3], null, [], null) { Adapter = Base };
        var (first, second) = (Task(58), Task(58));
        scheduler.Submit(first);
        scheduler.Submit(second);
        scheduler.Step();
        scheduler.Step();
        Assert.Equal((2, 0), (first.Answer.Count, second.Answer.Count));
        first.IsCanceled = true;
        scheduler.Step();
        Assert.Equal((2, 1), (first.Answer.Count, second.Answer.Count));
        Assert.Null(first.End);

        GenerationTask Task(int tokens) => new(prompt, new GenerationSettings { MaxNewTokens = tokens }, null);
    }

    [Fact]
    public void Submit_MoreThanThereIsSpaceFor_IsRefused()
    {
        using var model = Model(0);
        using var states = model.Text.CreateRows(4, 20);
        using var scheduler = Open(model, states);
        var prompt = new ModelSample([1, 2, 3], null, [], null) { Adapter = Base };
        var failure = Assert.Throws<ArgumentException>(() =>
            scheduler.Submit(new GenerationTask(prompt, new GenerationSettings { MaxNewTokens = 19 }, null))
        );
        Assert.Contains("21 rows, but there are 20", failure.Message);
    }

    [Fact]
    public void Step_AllEnded_LeavesNoByte()
    {
        using var model = Model(5, 0);
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using (var states = model.Text.CreateRows(4, 200))
        using (var scheduler = Open(model, states))
        {
            var empty = MemoryLedger.LiveBytes(DeviceType.Cpu);
            for (var i = 0; i < 6; i++)
            {
                var prompt = new ModelSample([.. Enumerable.Range(i, 20)], null, [], null) { Adapter = i % 2 - 1 };
                scheduler.Submit(new GenerationTask(prompt, new GenerationSettings { MaxNewTokens = 4 + i }, null) { Scope = "s" });
            }
            while (scheduler.Step()) { }
            // One batch of a step remains.
            Assert.InRange(MemoryLedger.LiveBytes(DeviceType.Cpu) - empty, 0, 20000);
        }
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    // Parts of a prompt are views of its pixels, which would keep their memory; others that begin like it are compared meanwhile.
    [Fact]
    public void Step_ImagesReadInParts_LeaveNoByte()
    {
        using var model = Model(0);
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using (var states = model.Text.CreateRows(8, 400))
        using (var scheduler = new Scheduler(model, null, states, new SchedulerSettings { ChunkTokens = 6, PrefixTokens = 300 }))
        {
            for (var i = 0; i < 6; i++)
            {
                scheduler.Submit(Task());
                scheduler.Step();
                scheduler.Step();
                if (i == 1)
                    Assert.Contains(scheduler.Running, t => !t.IsPromptRead && t.Read > 16);
            }
            while (scheduler.Step()) { }
        }
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));

        GenerationTask Task()
        {
            VisionGrid[] grids = [new(1, 8, 8), new(1, 4, 4), new(1, 4, 2)];
            var sample = TinyModels.Sample(new Random(1), model.Config, 9, 0, grids) with { ImageKeys = ["a", "b", "c"] };
            return new GenerationTask(sample with { Labels = null, Adapter = Base }, new GenerationSettings { MaxNewTokens = 3 }, null)
            {
                Scope = "s",
                OnPromptRead = () => sample.Pixels!.Dispose(),
            };
        }
    }

    // Tokens of the second prompt, equal to the first, that are not read again.
    private static int AskTwice(Scheduler scheduler, int tokens = 17)
    {
        var prompt = new ModelSample([.. Enumerable.Range(0, tokens).Select(i => i % 30)], null, [], null) { Adapter = Base };
        GenerationTask[] tasks =
        [
            .. Enumerable
                .Range(0, 2)
                .Select(_ => new GenerationTask(prompt, new GenerationSettings { MaxNewTokens = 2 }, null) { Scope = "twice" }),
        ];
        foreach (var task in tasks)
        {
            scheduler.Submit(task);
            while (scheduler.Step()) { }
            Assert.Equal(2, task.NewTokens);
        }
        return tasks[1].CachedTokens;
    }

    private static Scheduler Open(CausalModel model, SequenceStates states) =>
        new(model, null, states, new SchedulerSettings { PrefixTokens = 200 });

    private static int[] Alone(CausalModel model, ModelSample prompt, GenerationSettings settings) =>
        new Generator(model) { Replay = ReplaySettings.Never }.Generate(
            [prompt with { ImageKeys = null }],
            settings,
            cancel: TestContext.Current.CancellationToken
        )[0];

    private static GenerationSettings Settings(Random random) =>
        new()
        {
            MaxNewTokens = random.Between(1, 20),
            StopTokens = new HashSet<int> { random.Next(36), random.Next(36) },
        };

    private static CausalModel Model(int experts, params int[] adapters)
    {
        var model = new CausalModel(TinyModels.Config(experts), TinyModels.Weights(3, DType.Float64));
        foreach (var adapter in adapters)
        {
            Func<string, bool>? targets = adapter == 0 ? null : m => !m.Contains("k_proj", StringComparison.Ordinal);
            TinyModels.Adapt(model, TinyModels.Weights(10 + adapter, DType.Float64), new LoraSettings(2 + adapter, 4), targets);
        }
        return model;
    }

    // Some begin alike, with text or with images.
    private static ModelSample[] Prompts(Random random, CausalModel model)
    {
        int[] begin = [.. Enumerable.Range(0, 24).Select(_ => random.Next(36))];
        var shared = TinyModels.Questions(random, model.Config, "a", 3, new VisionGrid(1, 4, 4)).ToArray();
        return
        [
            .. Enumerable
                .Range(0, 12)
                .Select(i =>
                {
                    var sample =
                        i % 4 == 0 ? shared[random.Next(shared.Length)]
                        : i % 4 == 1 ? TinyModels.Sample(random, model.Config, random.Between(2, 20), 0, new VisionGrid(1, 4, 2))
                        : new ModelSample(
                            [.. begin[..random.Between(16, 24)], .. Enumerable.Range(0, random.Between(1, 9))],
                            null,
                            [],
                            null
                        );
                    return sample with
                    {
                        Labels = null,
                        ImageKeys = sample.ImageKeys ?? [.. sample.Grids.Select((_, g) => $"{i} {g}")],
                        Adapter = random.Between(-1, 0) + (i % 4 == 0 ? 1 : 0),
                    };
                }),
        ];
    }

    private static string Text(int[] tokens) => string.Concat(tokens.Select(t => $"{t} "));

    private static void Free(ModelSample[] prompts)
    {
        foreach (var pixels in prompts.Select(p => p.Pixels).Distinct())
            pixels?.Dispose();
    }
}
