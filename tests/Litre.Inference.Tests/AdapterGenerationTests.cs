using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Inference.Tests;

/// <summary>Prompts of several adapters in one batch are answered as each is by a model with its adapter alone.</summary>
public sealed class AdapterGenerationTests
{
    private const int Tokens = 20;
    private const int Base = AdapterSelection.NoAdapter;

    [Theory]
    [InlineData(0, DType.Float64)]
    [InlineData(5, DType.Float64)]
    [InlineData(0, DType.Float32)]
    [InlineData(5, DType.Float32)]
    public void Generate_PromptsOfSeveralAdapters_EqualsEachWithItsAdapterAlone(int experts, DType dtype)
    {
        var random = new Random(5);
        using CausalModel both = Open(experts, dtype, 0, 1),
            first = Open(experts, dtype, 0),
            second = Open(experts, dtype, 1),
            plain = Open(experts, dtype);
        var prompts = Prompts(random, both);
        var settings = new GenerationSettings
        {
            MaxNewTokens = Tokens,
            StopTokens = new HashSet<int> { 36, 37 },
        };
        string[] expected =
        [
            .. prompts.Select(p =>
            {
                var alone = p.Adapter switch
                {
                    0 => first,
                    1 => second,
                    _ => plain,
                };
                return Text(Run(alone, [p with { Adapter = null }], settings, ReplaySettings.Never)[0]);
            }),
        ];
        Assert.Equal(expected, Run(both, prompts, settings, ReplaySettings.Never).Select(Text));
        var stream = new RepeatingStream();
        Assert.Equal(expected, Run(both, prompts, settings, Replay(stream)).Select(Text));
        Assert.True(stream.Launches > 0);

        // The same prompt is answered otherwise by each.
        var asked = prompts[0] with
        {
            Adapter = null,
        };
        Assert.Equal(
            3,
            new[] { first, second, plain }.Select(m => Text(Run(m, [asked], settings, ReplaySettings.Never)[0])).Distinct().Count()
        );
        foreach (var (slot, alone) in ((int, CausalModel)[])[(0, first), (1, second), (Base, plain)])
            Assert.Equal(
                Text(Run(alone, [asked], settings, ReplaySettings.Never)[0]),
                Text(
                    new Generator(both).Generate(
                        [asked],
                        settings,
                        cancel: TestContext.Current.CancellationToken,
                        adapters: AdapterSelection.Of(slot)
                    )[0]
                )
            );
        Free(prompts);
    }

    [Fact]
    public void Generate_PromptCacheOfAnotherAdapter_IsNotUsed()
    {
        using var model = Open(0, DType.Float64, 0, 1);
        var generator = new Generator(model);
        var settings = new GenerationSettings { MaxNewTokens = 4 };
        var prompt = new ModelSample([4, 5, 6, 7], null, [], null);
        using var known = new PromptCache(model);
        var cancel = TestContext.Current.CancellationToken;
        generator.Generate([prompt], settings, null, cancel, known);
        Assert.Equal(3, known.SharedPrefixLength(prompt));
        Assert.Equal(3, known.SharedPrefixLength(prompt with { Adapter = 0 }));
        Assert.Equal(0, known.SharedPrefixLength(prompt with { Adapter = 1 }));
        var other = prompt with { Adapter = 1 };
        Assert.Equal(generator.Generate([other], settings, cancel: cancel), generator.Generate([other], settings, null, cancel, known));
    }

    [Fact]
    public void Generate_EmptySlot_IsRefusedAndLeavesNoByte()
    {
        using var model = Open(0, DType.Float64, 0);
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var prompt = new ModelSample([4, 5], null, [], null) { Adapter = 1 };
        Assert.Throws<ArgumentException>(() => Run(model, [prompt], new GenerationSettings(), ReplaySettings.Never));
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    private static CausalModel Open(int experts, DType dtype, params int[] adapters)
    {
        var model = new CausalModel(TinyModels.Config(experts), TinyModels.Weights(3, dtype));
        foreach (var adapter in adapters)
        {
            Func<string, bool>? targets = adapter == 0 ? null : m => !m.Contains("k_proj", StringComparison.Ordinal);
            TinyModels.Adapt(model, TinyModels.Weights(10 + adapter, dtype), new LoraSettings(2 + adapter, 4), targets);
        }
        return model;
    }

    private static ModelSample[] Prompts(Random random, CausalModel model) =>
        [
            .. ((int[])[0, 1, Base, 1, 1, 0]).Select(
                (slot, i) =>
                    TinyModels.Sample(
                        random,
                        model.Config,
                        random.Between(2, 5),
                        0,
                        i is 0 or 1 or 2 or 4 ? [new VisionGrid(1, 4, 2)] : []
                    ) with
                    {
                        Labels = null,
                        Adapter = slot,
                    }
            ),
        ];

    private static IReadOnlyList<int[]> Run(CausalModel model, ModelSample[] prompts, GenerationSettings settings, ReplaySettings replay) =>
        new Generator(model) { Replay = replay }.Generate(prompts, settings, cancel: TestContext.Current.CancellationToken);

    private static ReplaySettings Replay(RepeatingStream stream) =>
        new()
        {
            WarmupSteps = 2,
            MinTokens = 2,
            AnyDevice = true,
            OpenStream = _ => stream,
        };

    private static string Text(int[] tokens) => string.Join(' ', tokens);

    private static void Free(ModelSample[] prompts)
    {
        foreach (var prompt in prompts)
            prompt.Pixels?.Dispose();
    }
}
