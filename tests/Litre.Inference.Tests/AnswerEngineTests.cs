using System.Text.Json;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Inference.Constraints;
using Litre.Inference.Sampling;
using Litre.Inference.Serving;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Lora;
using Litre.Torch;
using Shared;

namespace Litre.Inference.Tests;

/// <summary>An engine answers many requests at once with the words that a session gives alone, in float32.</summary>
public sealed class AnswerEngineTests : IDisposable
{
    private readonly SmallCheckpoint _small = new();

    public void Dispose() => _small.Dispose();

    [Fact]
    public async Task AnswerAsync_ManyAtOnceWithSeveralAdapters_GivesTheWordsOfEachAlone()
    {
        string[] adapters = [Adapter("one", 4, 1), Adapter("two", 6, 2)];
        var questions = Enumerable
            .Range(0, 12)
            .Select(i =>
                (
                    Text: $"{(i % 3 == 0 ? "You inspect drawings of pumps and valves." : "")} What is part {i}?",
                    Image: i % 4 == 0,
                    Adapter: i % 3 - 1
                )
            )
            .ToArray();
        var expected = new List<string>();
        foreach (var (text, image, adapter) in questions)
        {
            using var session = ModelSession.Open(Settings() with { Adapter = adapter < 0 ? null : adapters[adapter] });
            expected.Add(session.Answer([Question(text, image)], new GenerationSettings { MaxNewTokens = 12 }, cancel: Cancel)[0]);
        }
        Assert.True(expected.Distinct().Count() > 6);
        foreach (var scope in (string?[])[null, "key"])
        {
            await using var engine = AnswerEngine.Open(
                Settings(),
                new ServingSettings
                {
                    CacheTokens = 2000,
                    ChunkTokens = 40,
                    MaxRunning = 5,
                }
            );
            await engine.LoadAdapterAsync("one", adapters[0], Cancel);
            await engine.LoadAdapterAsync("two", adapters[1], Cancel);
            for (var round = 0; round < 2; round++)
            {
                var found = await Task.WhenAll(
                    questions.Select(q =>
                        Text(
                            engine,
                            new AnswerRequest(Question(q.Text, q.Image), new GenerationSettings { MaxNewTokens = 12 })
                            {
                                Adapter =
                                    q.Adapter < 0 ? null
                                    : q.Adapter == 0 ? "one"
                                    : "two",
                                Scope = scope,
                            }
                        )
                    )
                );
                Assert.Equal(expected, found.Select(f => f.Text.Trim()));
                Assert.All(found, f => Assert.Equal(AnswerEndReason.Length, f.End.Reason));
                Assert.All(found, f => Assert.True(f.End.Timing.FirstToken <= f.End.Timing.Total));
                if (scope is null)
                    Assert.All(found, f => Assert.Equal(0, f.End.Usage.CachedTokens));
                else if (round == 1)
                    Assert.Contains(found, f => f.End.Usage.CachedTokens > 0);
            }
            Assert.Equal((0, 0), (engine.Status.Running, engine.Status.Waiting));
        }
    }

    [Fact]
    public async Task AnswerAsync_Canceled_FreesItsPlace()
    {
        await using var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 600, MaxRunning = 1 });
        using var cancel = new CancellationTokenSource();
        var events = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in engine.AnswerAsync(Request("Count.", 500), cancel.Token))
            {
                if (++events == 3)
                    await cancel.CancelAsync();
            }
        });
        Assert.InRange(events, 3, 100);
        var next = await Text(engine, Request("Next?", 3));
        Assert.Equal(3, next.End.Usage.NewTokens);
    }

    [Fact]
    public async Task AnswerAsync_ReaderThatStops_EndsTheAnswer()
    {
        await using var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 600, MaxRunning = 1 });
        await foreach (var _ in engine.AnswerAsync(Request("Count.", 500), Cancel))
            break;
        Assert.Equal(3, (await Text(engine, Request("Next?", 3))).End.Usage.NewTokens);
        Assert.True(engine.Status.NewTokens < 400, $"{engine.Status.NewTokens} tokens");
    }

    [Fact]
    public async Task AnswerAsync_QueueFull_IsRefusedWithATime()
    {
        await using var engine = AnswerEngine.Open(
            Settings(),
            new ServingSettings
            {
                CacheTokens = 600,
                MaxRunning = 1,
                MaxWaiting = 1,
            }
        );
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<(string, AnswerEnd)>[] busy = [.. Enumerable.Range(0, 2).Select(i => Text(engine, Request($"Count {i}.", 500), cancel))];
        var full = await Assert.ThrowsAsync<EngineFullException>(() => Text(engine, Request("Now?", 3)));
        Assert.InRange(full.RetryAfter.TotalSeconds, 1, 120);
        await cancel.CancelAsync();
        foreach (var task in busy)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        Assert.Equal(3, (await Text(engine, Request("Now?", 3))).End.Usage.NewTokens);
    }

    [Fact]
    public async Task LoadAdapterAsync_MoreThanTheLimit_LeastRecentlyUsedLeavesAndComesBack()
    {
        string[] folders = [Adapter("a", 4, 1), Adapter("b", 4, 2), Adapter("c", 4, 3)];
        await using var open = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 600 });
        var bytes = (await open.LoadAdapterAsync("a", folders[0], Cancel)).Bytes;
        Assert.True(bytes > 0);
        var expected = (await Text(open, Request("What?", 8) with { Adapter = "a" })).Text;

        await using var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 600, AdapterBytes = 2 * bytes });
        foreach (var (folder, name) in folders.Zip((string[])["a", "b", "c"]))
            await engine.LoadAdapterAsync(name, folder, Cancel);
        Assert.Equal([("a", false), ("b", true), ("c", true)], engine.Adapters.Select(a => (a.Name, a.IsResident)));
        Assert.Equal(expected, (await Text(engine, Request("What?", 8) with { Adapter = "a" })).Text);
        Assert.Equal([("a", true), ("b", false), ("c", true)], engine.Adapters.Select(a => (a.Name, a.IsResident)));
        // All at once: two fit at a time.
        var found = await Task.WhenAll(
            Enumerable.Range(0, 9).Select(i => Text(engine, Request("What?", 8) with { Adapter = "abc"[i % 3].ToString() }))
        );
        for (var i = 0; i < 9; i++)
            Assert.Equal(found[i % 3].Text, found[i].Text);
        Assert.Equal(expected, found[0].Text);
    }

    [Fact]
    public async Task UnloadAdapterAsync_InUse_FinishesItsRequests()
    {
        var folder = Adapter("a", 4, 1);
        await using var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 600 });
        await engine.LoadAdapterAsync("a", folder, Cancel);
        var running = Text(engine, Request("Count.", 100) with { Adapter = "a" });
        while (engine.Status.Running == 0)
            await Task.Delay(5, Cancel);
        await engine.UnloadAdapterAsync("a", Cancel);
        Assert.Empty(engine.Adapters);
        var refused = await Assert.ThrowsAsync<InputException>(() => Text(engine, Request("Now?", 3) with { Adapter = "a" }));
        Assert.Contains("no adapter is loaded", refused.Message);
        Assert.Equal(100, (await running).End.Usage.NewTokens);
        await Assert.ThrowsAsync<InputException>(() => engine.UnloadAdapterAsync("a", Cancel));
    }

    [Fact]
    public async Task LoadAdapterAsync_NameInUse_LaterRequestsGetTheNewOne()
    {
        var (first, second) = (Adapter("a", 4, 1), Adapter("b", 4, 2));
        await using var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 600 });
        await engine.LoadAdapterAsync("x", first, Cancel);
        await engine.LoadAdapterAsync("y", second, Cancel);
        var request = Request("What?", 8) with { Scope = "key" };
        var expected = await Text(engine, request with { Adapter = "y" });
        var before = await Text(engine, request with { Adapter = "x" });
        Assert.NotEqual(expected.Text, before.Text);
        await engine.LoadAdapterAsync("x", second, Cancel);
        Assert.Equal(expected.Text, (await Text(engine, request with { Adapter = "x" })).Text);
    }

    [Fact]
    public async Task AnswerAsync_StopString_EndsTheTextBeforeIt()
    {
        await using var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 600 });
        var whole = (await Text(engine, Request("What?", 40))).Text;
        var stop = whole.Substring(whole.Length / 2, 3);
        var request = Request("What?", 40);
        var (text, end) = await Text(engine, request with { Settings = request.Settings with { StopStrings = ["never", stop] } });
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], text);
        Assert.Equal((AnswerEndReason.Stop, stop), (end.Reason, end.StopString));
        Assert.True(end.Usage.NewTokens < 40);
        using var session = ModelSession.Open(Settings());
        var asked = session.Answer([Question("What?", false)], request.Settings with { StopStrings = [stop] }, cancel: Cancel)[0];
        Assert.Equal(text.Trim(), asked);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.2)]
    public async Task AnswerAsync_Schema_GivesJsonOfIt(double temperature)
    {
        await using var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 3000 });
        const string Schema = """
            {"type": "object", "properties": {"part": {"type": "string", "maxLength": 8}, "count": {"type": "integer", "minimum": 1,
            "maximum": 99}}, "required": ["part", "count"], "additionalProperties": false}
            """;
        var settings = new GenerationSettings
        {
            MaxNewTokens = 200,
            Temperature = temperature,
            Format = AnswerFormat.JsonSchema(Schema),
        };
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(i => Text(engine, new AnswerRequest(Question($"Part {i}?", false), settings with { Seed = i })))
        );
        foreach (var (text, end) in answers)
        {
            Assert.Equal(AnswerEndReason.Stop, end.Reason);
            using var json = JsonDocument.Parse(text);
            Assert.InRange(json.RootElement.GetProperty("count").GetInt32(), 1, 99);
            Assert.InRange(json.RootElement.GetProperty("part").GetString()!.EnumerateRunes().Count(), 0, 8);
            Assert.Equal(2, json.RootElement.EnumerateObject().Count());
        }
    }

    [Fact]
    public async Task AnswerAsync_LogProbs_OneForEachToken()
    {
        await using var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 600 });
        var request = new AnswerRequest(
            Question("What?", false),
            new GenerationSettings
            {
                MaxNewTokens = 9,
                LogProbs = true,
                TopLogProbs = 3,
            }
        );
        var found = new List<TokenLogProb>();
        await foreach (var next in engine.AnswerAsync(request, Cancel))
        {
            if (next is AnswerText piece)
                found.AddRange(piece.LogProbs);
        }
        Assert.Equal(9, found.Count);
        Assert.All(found, t => Assert.Equal((3, t.Token, t.LogProb), (t.Top.Count, t.Top[0].Token, t.Top[0].LogProb)));
        Assert.All(found, t => Assert.InRange(t.LogProb, -20, 0));
    }

    [Fact]
    public async Task AnswerAsync_SampledWithOneSeed_IsTheSameAloneAndAmongOthers()
    {
        await using var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 3000 });
        var settings = new GenerationSettings
        {
            MaxNewTokens = 20,
            Temperature = 1,
            TopP = 0.9,
            TopK = 30,
        };
        var alone = (await Text(engine, new AnswerRequest(Question("What?", false), settings with { Seed = 5 }))).Text;
        var all = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => Text(engine, new AnswerRequest(Question("What?", false), settings with { Seed = i })))
        );
        Assert.Equal(alone, all[5].Text);
        Assert.True(all.Select(a => a.Text).Distinct().Count() > 4);
    }

    [Fact]
    public async Task AnswerAsync_TooLong_IsRefusedWithBothNumbers()
    {
        await using var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 256 });
        var text = string.Join(' ', Enumerable.Repeat("valve", 600));
        var refused = await Assert.ThrowsAsync<InputException>(() => Text(engine, Request(text, 3)));
        Assert.Contains("into 256 tokens", refused.Message);
    }

    [Fact]
    public async Task DisposeAsync_Running_EndsAnswersAndLeavesNoByte()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var engine = AnswerEngine.Open(Settings(), new ServingSettings { CacheTokens = 600 });
        var running = Text(engine, Request("Count.", 500));
        while (engine.Status.Running == 0)
            await Task.Delay(5, Cancel);
        await engine.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => Text(engine, Request("Now?", 3)));
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private SessionSettings Settings() => new(_small.Model) { Device = Device.Cpu, DType = DType.Float32 };

    private AnswerRequest Request(string text, int tokens) =>
        new(Question(text, image: false), new GenerationSettings { MaxNewTokens = tokens });

    private Sample Question(string text, bool image)
    {
        var conversation = new Conversation();
        conversation.AddQuestion(text, image ? [ImageSource.FromFile(_small.Image)] : []);
        return conversation.ToSample();
    }

    private string Adapter(string name, int rank, int seed)
    {
        using var model = ModelFiles.Load(_small.Model, DType.Float32, Device.Cpu);
        var config = new AdapterConfig
        {
            Rank = rank,
            Alpha = 4 * rank,
            TargetModules = ModuleSelection.Matching("all-linear", "target_modules"),
        };
        var adapter = LoraAttachment.Attach(model, config);
        LoraAttachment.Initialize(adapter, seed);
        var random = new Random(seed);
        foreach (var (_, lora) in adapter.Updates)
        {
            using var values = Tensor.From<double>(random.Doubles(lora.B.Value.Count), lora.B.Value.Sizes, Device.Cpu);
            lora.B.Value.CopyFrom(values);
        }
        var folder = _small.In(name);
        Directory.CreateDirectory(folder);
        AdapterFiles.Save(model, adapter, folder);
        return folder;
    }

    private static async Task<(string Text, AnswerEnd End)> Text(
        AnswerEngine engine,
        AnswerRequest request,
        CancellationTokenSource? cancel = null
    )
    {
        var text = "";
        AnswerEnd? end = null;
        await foreach (var next in engine.AnswerAsync(request, cancel?.Token ?? Cancel))
        {
            Assert.Null(end);
            if (next is AnswerText piece)
                text += piece.Text;
            else
                end = (AnswerEnd)next;
        }
        return (text, end!);
    }
}
