using Litre.Core;
using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Inference.Tests;

/// <summary>A model that mixes recurrent layers with attention answers as it would if every token were computed from the start.</summary>
public sealed class MixedModelTests
{
    private const int Tokens = 7;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(5, 0)]
    public void Generate_Greedy_EqualsArgmaxOfTheWholeForwardAtEveryStep(int experts, int first) =>
        Property.Holds(
            3,
            random =>
            {
                using var model = Model(random, experts, first);
                var prompt = Prompt(random, model, random.Flip());
                // Random weights may choose an image's placeholder, which the whole forward could not read back.
                var stops = new HashSet<int> { model.Config.Visual!.Image, model.Config.Visual!.Video };
                var ids = prompt.Ids.ToList();
                foreach (var token in Run(model, [prompt], new GenerationSettings { MaxNewTokens = Tokens, StopTokens = stops })[0])
                {
                    var last = Logits(model, prompt with { Ids = [.. ids] })[^1];
                    Assert.Equal(Array.IndexOf(last, last.Max()), token);
                    ids.Add(token);
                }
                prompt.Pixels?.Dispose();
            }
        );

    [Fact]
    public void Next_TokenByToken_GivesTheLogitsOfTheWholeForward() =>
        Property.Holds(
            3,
            random =>
            {
                using var model = Model(random, 0, random.Next(2));
                int[][] ids = [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, Tokens).Select(_ => random.Next(36)).ToArray())];
                using var states = model.Text.CreateStates(ids.Length, Tokens);
                using var decoder = new DecodeSteps(model, states, Tokens, ReplaySettings.Never);
                var wanted = ids.Select(i => Logits(model, new ModelSample(i, null, [], null))).ToArray();
                for (var t = 0; t < Tokens; t++)
                {
                    var found = decoder.Next(
                        [.. ids.Select((i, s) => new DecodeRow(s, i[t], t, AdapterSelection.NoAdapter))],
                        Tokens - t,
                        Tokens,
                        true,
                        batch => batch.Logits!.ToDoubles()
                    );
                    Assert.Equal(wanted.SelectMany(w => w[t]), found, (a, b) => Math.Abs(a - b) < 1e-5);
                }
            }
        );

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Generate_SeveralPromptsOfWhichSomeShareAnImage_EqualsEachAlone(int first) =>
        Property.Holds(
            4,
            random =>
            {
                using var model = Model(random, 0, first);
                ModelSample[] prompts =
                [
                    .. TinyModels.Questions(random, model.Config, "a", random.Between(2, 4), new VisionGrid(1, 4, 4)),
                    Prompt(random, model, false),
                    .. TinyModels.Questions(random, model.Config, "b", 2, new VisionGrid(1, 2, 4), new VisionGrid(1, 2, 2)),
                    Prompt(random, model, true),
                ];
                random.Shuffle(prompts);
                prompts = [.. prompts.Select(p => p with { Labels = null })];
                var settings = new GenerationSettings
                {
                    MaxNewTokens = Tokens,
                    StopTokens = new HashSet<int> { 1, 2, 3, 4, 5, 6 },
                };
                var alone = prompts.Select(p => Run(model, [p with { ImageKeys = null }], settings)[0]).ToArray();
                Assert.Equal(alone, Run(model, prompts, settings));
                Free(prompts);
            }
        );

    // Turns grow the capacity; now and then an answer's words change, and a recurrence can go back to the start alone.
    [Fact]
    public void Generate_TurnAfterTurn_EqualsEachFromTheStart()
    {
        var continued = 0;
        Property.Holds(
            6,
            random =>
            {
                using var model = Model(random, 0, random.Next(2));
                using var known = new PromptCache(model);
                var settings = new GenerationSettings
                {
                    MaxNewTokens = 6,
                    StopTokens = new HashSet<int> { 1, 2, 36, 37 },
                };
                int[] ids = [];
                for (var turn = 0; turn < 4; turn++)
                {
                    ids = [.. ids, .. Enumerable.Range(0, random.Between(1, 4)).Select(_ => random.Next(3, 36))];
                    var talk = new ModelSample(ids, null, [], null);
                    var shared = known.SharedPrefixLength(talk);
                    Assert.True(shared == 0 || shared == known.Length, $"{shared} of {known.Length} tokens");
                    continued += shared > 0 ? 1 : 0;
                    var expected = Run(model, [talk], settings)[0];
                    Assert.Equal(
                        expected,
                        new Generator(model).Generate([talk], settings, null, TestContext.Current.CancellationToken, known)[0]
                    );
                    ids = [.. ids, .. expected];
                    if (expected.Length > 1 && random.Next(3) == 0)
                        ids[^2] = ids[^2] == 3 ? 4 : 3;
                }
            }
        );
        Assert.True(continued > 0);
    }

    [Fact]
    public void Generate_TokensInTheCache_AreNotReadAgain()
    {
        using var model = Model(new Random(1), 0, 0);
        using var known = new PromptCache(model);
        var generator = new Generator(model);
        var settings = new GenerationSettings
        {
            MaxNewTokens = 6,
            StopTokens = new HashSet<int> { 30 },
        };
        const int Once = 30;
        var first = new ModelSample([Once, 5, 6], null, [], null);
        var answer = generator.Generate([first], settings, null, TestContext.Current.CancellationToken, known)[0];
        var second = first with { Ids = [.. first.Ids, .. answer, 7, 8] };
        var expected = Run(model, [second], settings)[0];
        // Who reads that token now has not a number in every hidden state behind it.
        using (var row = model.Text.Embedding.Value.Slice(0, Once, 1))
            row.Fill(double.NaN);
        Assert.Equal(expected, generator.Generate([second], settings, null, TestContext.Current.CancellationToken, known)[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.3)]
    public void Generate_RecordedStepsWhoseAnswersEndAtDifferentTimes_EqualsThePlainSteps(double temperature)
    {
        var launches = 0;
        Property.Holds(
            5,
            random =>
            {
                using var model = Model(random, random.Flip() ? 5 : 0, random.Next(2));
                Assert.Contains(model.Text.Layers, l => l.Mixer is LinearRecurrence);
                ModelSample[] prompts = [.. Enumerable.Range(0, random.Between(1, 6)).Select(i => Prompt(random, model, i % 3 == 1))];
                var settings = new GenerationSettings
                {
                    MaxNewTokens = 24,
                    StopTokens = new HashSet<int> { random.Next(36), random.Next(36), random.Next(36), 36, 37 },
                    Temperature = temperature,
                    Seed = 3,
                };
                var stream = new RepeatingStream();
                Assert.Equal(Run(model, prompts, settings, ReplaySettings.Never), Run(model, prompts, settings, Recorded(stream)));
                launches += stream.Launches;
                Free(prompts);
            }
        );
        Assert.True(launches > 0);
    }

    [Fact]
    public void Next_SequencesThatHaveEnded_KeepTheirStates()
    {
        using var model = Model(new Random(5), 0, 0);
        var stream = new RepeatingStream();
        using var states = model.Text.CreateRows(5, 150);
        for (var s = 0; s < 5; s++)
            states.TryOpen(30);
        using var decoder = new DecodeSteps(model, states, 100, Recorded(stream));
        Next(3, 0, 1, 2, 3, 4); // two plain, one recorded
        var (ended, running) = (Slot(3), Slot(2));
        Next(2, 0, 1, 2, 4);
        Assert.Equal((1, 3), (stream.Recordings, stream.Launches));
        Assert.Equal(ended, Slot(3));
        Assert.NotEqual(running, Slot(2));

        void Next(int steps, params int[] sequences)
        {
            for (var i = 0; i < steps; i++)
                decoder.Next([.. sequences.Select(s => new DecodeRow(s, 7 + s, 1 + i, AdapterSelection.NoAdapter))], 50, 30, false, _ => 0);
        }

        double[] Slot(int sequence)
        {
            using var scope = new TensorScope();
            return ((LinearRecurrence.State)states.Layers[0]).Slot(sequence).ToDoubles();
        }
    }

    [Fact]
    public void Generate_Anything_LeavesNoByte()
    {
        using var model = Model(new Random(8), 0, 0);
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var settings = new GenerationSettings { MaxNewTokens = 24 };
        ModelSample[] prompts = [Prompt(new Random(1), model, false), Prompt(new Random(2), model, false)];
        Run(model, prompts, settings, Recorded(new RepeatingStream()));
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    [Fact]
    public void Generate_TextModelAndAnImage_IsRefused()
    {
        var config = TinyModels.Config();
        using var model = TinyModels.Mixed(TinyModels.TextOnly(), TinyModels.Weights(3));
        var prompt = TinyModels.Sample(new Random(1), config, 3, 0, new VisionGrid(1, 4, 4));
        var settings = new GenerationSettings { MaxNewTokens = 3 };
        Assert.Contains("text-only model", Assert.Throws<InputException>(() => Run(model, [prompt], settings)).Message);
        Assert.Equal(3, Run(model, [TinyModels.Sample(new Random(1), config, 3, 0)], settings)[0].Length);
        prompt.Pixels!.Dispose();
    }

    private static ReplaySettings Recorded(RepeatingStream stream) =>
        new()
        {
            WarmupSteps = 2,
            MinTokens = 2,
            AnyDevice = true,
            OpenStream = _ => stream,
        };

    private static IReadOnlyList<int[]> Run(
        CausalModel model,
        ModelSample[] prompts,
        GenerationSettings settings,
        ReplaySettings? replay = null
    ) =>
        new Generator(model) { Replay = replay ?? ReplaySettings.Never }.Generate(
            prompts,
            settings,
            cancel: TestContext.Current.CancellationToken
        );

    // Of each token.
    private static double[][] Logits(CausalModel model, ModelSample sample)
    {
        using var batch = PackedBatch.Pack([sample with { Labels = null }], model.Config, model.DType, model.Device);
        using var logits = model.Logits(batch); // (T, V)
        return [.. logits.ToDoubles().Chunk((int)logits.Size(1))];
    }

    private static CausalModel Model(Random random, int experts, int first) =>
        TinyModels.Mixed(TinyModels.Config(experts), TinyModels.Weights(random.Next()), first);

    private static ModelSample Prompt(Random random, CausalModel model, bool image) =>
        TinyModels.Sample(random, model.Config, random.Between(1, 5), 0, image ? [new VisionGrid(1, 2 * random.Between(1, 2), 4)] : []);

    private static void Free(ModelSample[] prompts)
    {
        foreach (var prompt in prompts)
            prompt.Pixels?.Dispose();
    }
}
