using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Inference.Tests;

/// <summary>A step that is recorded and replayed gives what the step gives that runs operator by operator.</summary>
public sealed class ReplayTests
{
    private const int Tokens = 24;
    private const int Base = AdapterSelection.NoAdapter;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 0)]
    [InlineData(0, 1.3)]
    [InlineData(5, 1.3)]
    public void Generate_AnswersThatEndAtDifferentTimes_EqualsThePlainSteps(int experts, double temperature)
    {
        var (launches, longest) = (0, 0);
        Property.Holds(
            6,
            random =>
            {
                using var model = Model(random, experts);
                ModelSample[] prompts = [.. Enumerable.Range(0, random.Between(1, 6)).Select(i => Prompt(random, model, i % 3 == 1))];
                var settings = new GenerationSettings
                {
                    MaxNewTokens = Tokens,
                    StopTokens = Stops(random),
                    Temperature = temperature,
                    Seed = 3,
                };
                var (answers, stream) = Replayed(model, prompts, settings, 2);
                Assert.Equal(Plain(model, prompts, settings), answers);
                launches += stream.Launches;
                longest = Math.Max(longest, answers.Max(a => a.Length));
                Free(prompts);
            }
        );
        Assert.True(launches > longest / 2, $"{launches} launches");
    }

    [Fact]
    public void Generate_OneAnswer_RecordsOnceAndReplaysTheRest()
    {
        var random = new Random(4);
        using var model = Model(random, 5);
        ModelSample[] prompts = [Prompt(random, model, true)];
        var (answers, stream) = Replayed(model, prompts, new GenerationSettings { MaxNewTokens = Tokens }, 4);
        Assert.Equal(Tokens, answers[0].Length);
        // The first token comes of the prompt, the next two of plain steps.
        Assert.Equal((1, Tokens - 3, true), (stream.Recordings, stream.Launches, stream.IsDisposed));
        Free(prompts);
    }

    [Fact]
    public void Generate_QuestionsAboutOneImage_EqualsThePlainSteps() =>
        Property.Holds(
            3,
            random =>
            {
                using var model = Model(random, 5);
                ModelSample[] prompts =
                [
                    .. TinyModels.Questions(random, model.Config, "a", 3, new VisionGrid(1, 4, 4)).Select(p => p with { Labels = null }),
                    Prompt(random, model, false),
                ];
                var settings = new GenerationSettings { MaxNewTokens = Tokens, StopTokens = Stops(random) };
                Assert.Equal(Plain(model, prompts, settings), Replayed(model, prompts, settings, 2).Answers);
                Free(prompts);
            }
        );

    [Fact]
    public void Next_FewerSequences_UseTheRecordedStepUntilHalfAreLeft()
    {
        var random = new Random(5);
        using var model = Model(random, 0);
        var stream = new RepeatingStream();
        using (var states = Filled(model, 5))
        using (var steps = new DecodeSteps(model, states, 100, Settings(stream, 2)))
        {
            Next(steps, 3, 0, 1, 2, 3, 4); // two plain, one recorded, with three rows of padding
            Assert.Equal(1, stream.Recordings);
            Next(steps, 2, 0, 2, 3, 4, 1);
            Next(steps, 2, 4, 0, 2, 1);
            Assert.Equal((1, 5), (stream.Recordings, stream.Launches));
            Assert.Equal([8, 8, 8, 6, 8], Enumerable.Range(0, 5).Select(states.Length));
            Next(steps, 3, 2, 4);
            Assert.Equal((2, 2), (stream.Recordings, stream.Alive));
            Assert.Equal([8, 8, 11, 6, 11], Enumerable.Range(0, 5).Select(states.Length));
            Next(steps, 1, 0, 1, 2, 3, 4); // the first is still there
            Assert.Equal(2, stream.Recordings);
        }
        Assert.Equal((0, true), (stream.Alive, stream.IsDisposed));

        static void Next(DecodeSteps decoder, int steps, params int[] sequences)
        {
            for (var i = 0; i < steps; i++)
                decoder.Next([.. sequences.Select(s => new DecodeRow(s, 7, 1 + i, Base))], 50, 30, false, _ => 0);
        }
    }

    [Fact]
    public void Generate_RecordingFails_GoesOnPlainlyAndDoesNotTryAgain()
    {
        var random = new Random(6);
        using var model = Model(random, 5);
        ModelSample[] prompts = [Prompt(random, model, false), Prompt(random, model, true)];
        var settings = new GenerationSettings { MaxNewTokens = Tokens };
        var stream = new RepeatingStream(records: false);
        Assert.Equal(Plain(model, prompts, settings), Run(model, prompts, settings, Settings(stream, 2)));
        Assert.Equal((1, 0, true), (stream.Recordings, stream.Launches, stream.IsDisposed));
        Free(prompts);
    }

    [Fact]
    public void Generate_FewTokensAsked_OpensNoStream()
    {
        var random = new Random(7);
        using var model = Model(random, 0);
        var settings = new ReplaySettings
        {
            AnyDevice = true,
            OpenStream = _ => throw new InvalidOperationException("a stream was opened"),
        };
        var asked = settings.WarmupSteps + settings.MinTokens;
        Assert.Equal(
            asked,
            Run(model, [Prompt(random, model, false)], new GenerationSettings { MaxNewTokens = asked }, settings)[0].Length
        );
    }

    [Fact]
    public void Generate_NothingToRecordOnTheCpu_OpensNoStream()
    {
        var random = new Random(7);
        using var model = Model(random, 0);
        var settings = new ReplaySettings { OpenStream = _ => throw new InvalidOperationException("a stream was opened") };
        Assert.Equal(
            Tokens,
            Run(model, [Prompt(random, model, false)], new GenerationSettings { MaxNewTokens = Tokens }, settings)[0].Length
        );
    }

    [Fact]
    public void Generate_CancelledBetweenReplays_ReturnsWhatWasMadeAndLeavesNoByte()
    {
        var random = new Random(8);
        using var model = Model(random, 5);
        ModelSample[] prompts = [Prompt(random, model, false), Prompt(random, model, false)];
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using var cancel = new CancellationTokenSource();
        var stream = new RepeatingStream();
        var told = 0;
        var answers = new Generator(model) { Replay = Settings(stream, 2) }.Generate(
            prompts,
            new GenerationSettings { MaxNewTokens = Tokens },
            (_, _) =>
            {
                if (++told == 20)
                    cancel.Cancel();
            },
            cancel.Token
        );
        Assert.Equal([10, 10], answers.Select(a => a.Length));
        Assert.True(stream is { Launches: > 0, IsDisposed: true });
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    private static SequenceStates Filled(CausalModel model, int sequences)
    {
        var states = model.Text.CreateRows(sequences, 30 * sequences);
        for (var s = 0; s < sequences; s++)
            states.Add(states.TryOpen(30)!.Value);
        return states;
    }

    private static (IReadOnlyList<int[]> Answers, RepeatingStream Stream) Replayed(
        CausalModel model,
        ModelSample[] prompts,
        GenerationSettings settings,
        int leastTokens
    )
    {
        var stream = new RepeatingStream();
        return (Run(model, prompts, settings, Settings(stream, leastTokens)), stream);
    }

    private static IReadOnlyList<int[]> Plain(CausalModel model, ModelSample[] prompts, GenerationSettings settings) =>
        Run(model, prompts, settings, ReplaySettings.Never);

    private static IReadOnlyList<int[]> Run(CausalModel model, ModelSample[] prompts, GenerationSettings settings, ReplaySettings replay) =>
        new Generator(model) { Replay = replay }.Generate(prompts, settings, cancel: TestContext.Current.CancellationToken);

    private static ReplaySettings Settings(RepeatingStream stream, int leastTokens) =>
        new()
        {
            WarmupSteps = 2,
            MinTokens = leastTokens,
            AnyDevice = true,
            OpenStream = _ => stream,
        };

    // A few, so that answers end here and there.
    private static HashSet<int> Stops(Random random) => [random.Next(36), random.Next(36), random.Next(36), 36, 37];

    private static CausalModel Model(Random random, int experts) => new(TinyModels.Config(experts), TinyModels.Weights(random.Next()));

    private static ModelSample Prompt(Random random, CausalModel model, bool image) =>
        TinyModels.Sample(random, model.Config, random.Between(1, 5), 0, image ? [new VisionGrid(1, 2 * random.Between(1, 2), 4)] : []);

    private static void Free(ModelSample[] prompts)
    {
        foreach (var prompt in prompts)
            prompt.Pixels?.Dispose();
    }
}
