using Litre.Inference.Features;
using Litre.Inference.Sampling;
using Litre.Model;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Inference.Tests;

public sealed class PromptCacheTests
{
    private static readonly GenerationSettings Settings = new()
    {
        MaxNewTokens = 6,
        StopTokens = new HashSet<int> { 1, 2, 36, 37 },
    };

    // Every turn adds text, sometimes images or a video; sometimes words of an earlier answer are written otherwise.
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Generate_TurnAfterTurn_EqualsEachFromTheStart(int experts) =>
        Property.Holds(
            8,
            random =>
            {
                using var model = new CausalModel(TinyModels.Config(experts), TinyModels.Weights(random.Next()));
                using var features = random.Between(0, 1) == 0 ? null : new FeatureCache(model, 1 << 20);
                var generator = new Generator(model, features);
                using var known = new PromptCache(model);
                var turns = new List<ModelSample>();
                var talk = new ModelSample([], null, [], null) { ImageKeys = [] };
                for (var turn = 0; turn < 4; turn++)
                {
                    var images = Enumerable
                        .Range(0, random.Between(0, 2))
                        .Select(_ => new VisionGrid(random.Between(1, 2), 2 * random.Between(1, 2), 4))
                        .ToArray();
                    var asked = TinyModels.Sample(random, model.Config, random.Between(1, 4), 0, images);
                    talk = Joined(talk, asked with { ImageKeys = [.. images.Select((_, i) => $"{turn} {i}")] });
                    turns.Add(talk);
                    var expected = generator.Generate([talk], Settings, cancel: TestContext.Current.CancellationToken)[0];
                    var before = known.Length;
                    var shared = known.SharedPrefixLength(talk);
                    Assert.InRange(
                        shared,
                        turn == 0 ? 0
                            : before > 0 ? 1
                            : 0,
                        Math.Min(before, talk.Ids.Length - 1)
                    );
                    Assert.Equal(expected, generator.Generate([talk], Settings, null, TestContext.Current.CancellationToken, known)[0]);
                    Assert.InRange(known.Length, talk.Ids.Length + Math.Max(0, expected.Length - 1), talk.Ids.Length + expected.Length);
                    var answer = expected.ToArray();
                    if (answer.Length > 0 && random.Between(0, 2) == 0)
                        answer[random.Next(answer.Length)] = 3;
                    talk = talk with { Ids = [.. talk.Ids, .. answer] };
                    asked.Pixels?.Dispose();
                }
                foreach (var turn in turns)
                    turn.Pixels?.Dispose();
            }
        );

    [Fact]
    public void Generate_TokensInTheCache_AreNotReadAgain()
    {
        using var model = new CausalModel(TinyModels.Config(), TinyModels.Weights(1));
        using var known = new PromptCache(model);
        var generator = new Generator(model);
        const int Once = 30;
        var first = new ModelSample([Once, 5, 6], null, [], null);
        var answer = generator.Generate([first], Settings, null, TestContext.Current.CancellationToken, known)[0];
        Assert.DoesNotContain(Once, answer);
        var second = first with { Ids = [.. first.Ids, .. answer, 7, 8] };
        var expected = generator.Generate([second], Settings, cancel: TestContext.Current.CancellationToken)[0];
        // Who reads that token now has not a number in every hidden state behind it.
        using (var row = model.Text.Embedding.Value.Slice(0, Once, 1))
            row.Fill(double.NaN);
        Assert.Equal(expected, generator.Generate([second], Settings, null, TestContext.Current.CancellationToken, known)[0]);
        Assert.NotEqual(expected, generator.Generate([second], Settings, cancel: TestContext.Current.CancellationToken)[0]);
    }

    [Fact]
    public void Shared_ImagesDiffer_EndsBeforeTheFirstThatDoes()
    {
        using var model = new CausalModel(TinyModels.Config(), TinyModels.Weights(1));
        using var known = new PromptCache(model);
        var sample = TinyModels.Sample(new Random(1), model.Config, 3, 0, new VisionGrid(1, 4, 4), new VisionGrid(2, 2, 4)) with
        {
            ImageKeys = ["a", "b"],
        };
        new Generator(model).Generate([sample], Settings, null, TestContext.Current.CancellationToken, known);
        var spans = sample.ImageSpans(model.Config);
        Assert.Equal([(1, 5), (7, 13)], spans); // start, 4, end; start, 2, end, start, 2, end
        var longer = sample with { Ids = [.. sample.Ids, 9] };
        Assert.Equal(sample.Ids.Length, known.SharedPrefixLength(longer));
        Assert.Equal(sample.Ids.Length - 1, known.SharedPrefixLength(sample)); // what follows the last token is asked for
        Assert.Equal(7, known.SharedPrefixLength(longer with { ImageKeys = ["a", "c"] }));
        Assert.Equal(1, known.SharedPrefixLength(longer with { ImageKeys = ["c", "b"] }));
        Assert.Equal(1, known.SharedPrefixLength(longer with { ImageKeys = null }));
        Assert.Equal(0, known.SharedPrefixLength(longer with { Ids = [8, .. longer.Ids.Skip(1)] }));
        // A smaller image, and so another, with the same beginning.
        var cut = sample with
        {
            Ids = [.. sample.Ids.Take(3), .. sample.Ids.Skip(5)],
            Grids = [new VisionGrid(1, 2, 4), sample.Grids[1]],
        };
        Assert.Equal(1, known.SharedPrefixLength(cut));
        Assert.Throws<ArgumentException>(() => longer.WithoutPrefix(3, model.Config));
        sample.Pixels!.Dispose();
    }

    // A prompt whose answer failed half way is in the cache in part: nothing of it may count.
    [Fact]
    public void Generate_FailsHalfWay_LeavesNothingKnown()
    {
        using var model = new CausalModel(TinyModels.Config(5), TinyModels.Weights(1));
        using var known = new PromptCache(model);
        var generator = new Generator(model);
        var sample = new ModelSample([4, 5, 6], null, [], null);
        generator.Generate([sample], Settings, null, TestContext.Current.CancellationToken, known);
        Assert.NotEqual(0, known.Length);
        var other = sample with { Ids = [4, 5, 7, 8, 9] };
        Assert.Throws<InvalidOperationException>(() =>
            generator.Generate(
                [other],
                Settings,
                (_, _) => throw new InvalidOperationException("the console is gone"),
                TestContext.Current.CancellationToken,
                known
            )
        );
        Assert.Equal(0, known.Length);
        var expected = generator.Generate([other], Settings, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(expected, generator.Generate([other], Settings, null, TestContext.Current.CancellationToken, known));
    }

    [Fact]
    public void Clear_AfterAConversation_FreesItsMemory()
    {
        using var model = new CausalModel(TinyModels.Config(), TinyModels.Weights(1));
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using var known = new PromptCache(model);
        var generator = new Generator(model);
        var sample = new ModelSample([4, 5, 6], null, [], null);
        generator.Generate([sample], Settings, null, TestContext.Current.CancellationToken, known);
        generator.Generate([sample with { Ids = [4, 5, 6, 7, 8, 9] }], Settings, null, TestContext.Current.CancellationToken, known);
        // Keys and values (C, K, D) of each layer, of the longer prompt and its longest answer but for the last token, which is not read.
        Assert.Equal(before + 2 * 3 * (6 + 5) * 2 * 8 * sizeof(double), MemoryLedger.LiveBytes(DeviceType.Cpu));
        known.Clear();
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
        Assert.Equal(0, known.Length);
    }

    [Fact]
    public void Generate_SeveralPromptsWithACache_IsRefused()
    {
        using var model = new CausalModel(TinyModels.Config(), TinyModels.Weights(1));
        using var known = new PromptCache(model);
        var sample = new ModelSample([4, 5], null, [], null);
        Assert.Contains(
            "not 2",
            Assert
                .Throws<ArgumentException>(() =>
                    new Generator(model).Generate([sample, sample], Settings, null, TestContext.Current.CancellationToken, known)
                )
                .Message
        );
    }

    // Two parts of a conversation as one sample; the pixels are a copy.
    private static ModelSample Joined(ModelSample one, ModelSample other)
    {
        Tensor[] pixels = [.. new[] { one.Pixels, other.Pixels }.OfType<Tensor>()];
        return one with
        {
            Ids = [.. one.Ids, .. other.Ids],
            Grids = [.. one.Grids, .. other.Grids],
            Pixels = pixels.Length == 0 ? null : TensorScope.Keep(Ops.Concat(pixels, 0)),
            ImageKeys = [.. one.ImageKeys!, .. other.ImageKeys!],
        };
    }
}
