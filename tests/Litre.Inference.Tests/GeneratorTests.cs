using Litre.Inference.Features;
using Litre.Inference.Sampling;
using Litre.Model;
using Litre.Model.Vision;
using Shared;

namespace Litre.Inference.Tests;

public sealed class GeneratorTests
{
    private const int Tokens = 7;

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(5, false)]
    [InlineData(5, true)]
    public void Generate_Greedy_EqualsArgmaxOfTheWholeForwardAtEveryStep(int experts, bool images) =>
        Property.Holds(
            3,
            random =>
            {
                using var model = Model(random, experts);
                var prompt = Prompt(random, model, images);
                // Random weights may choose an image's placeholder, which the whole forward could not read back.
                var stops = new HashSet<int> { model.Config.Visual!.Image, model.Config.Visual!.Video };
                var found = Run(model, [prompt], new GenerationSettings { MaxNewTokens = Tokens, StopTokens = stops })[0];
                var ids = prompt.Ids.ToList();
                foreach (var token in found)
                {
                    Assert.Equal(Greedy(model, prompt with { Ids = [.. ids] }), token);
                    ids.Add(token);
                }
                if (found.Length < Tokens)
                    Assert.Contains(Greedy(model, prompt with { Ids = [.. ids] }), stops);
                prompt.Pixels?.Dispose();
            }
        );

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Generate_SeveralPrompts_EqualsOneAtATime(int experts) =>
        Property.Holds(
            3,
            random =>
            {
                using var model = Model(random, experts);
                var prompts = Enumerable.Range(0, 4).Select(i => Prompt(random, model, i % 2 == 1)).ToArray();
                var stops = new HashSet<int> { 1, 2, 3, 4, 5, 6, 7, 8 };
                var settings = new GenerationSettings { MaxNewTokens = Tokens, StopTokens = stops };
                var together = Run(model, prompts, settings);
                for (var i = 0; i < prompts.Length; i++)
                    Assert.Equal(Run(model, [prompts[i]], settings)[0], together[i]);
                foreach (var prompt in prompts)
                    prompt.Pixels?.Dispose();
            }
        );

    [Fact]
    public void Generate_StopToken_EndsTheAnswerWithoutIt()
    {
        var random = new Random(2);
        using var model = Model(random, 0);
        var prompt = Prompt(random, model, false);
        var free = Run(model, [prompt], new GenerationSettings { MaxNewTokens = Tokens })[0];
        var stop = free[^1];
        var settings = new GenerationSettings
        {
            MaxNewTokens = Tokens,
            StopTokens = new HashSet<int> { stop },
        };
        Assert.Equal(free.TakeWhile(t => t != stop).ToArray(), Run(model, [prompt], settings)[0]);
    }

    [Fact]
    public void Generate_ToldOfEachToken_HearsWhatIsReturned()
    {
        var random = new Random(3);
        using var model = Model(random, 0);
        var heard = new List<int>[] { [], [] };
        var answers = new Generator(model).Generate(
            [Prompt(random, model, false), Prompt(random, model, false)],
            new GenerationSettings { MaxNewTokens = 3 },
            (prompt, token) => heard[prompt].Add(token),
            TestContext.Current.CancellationToken
        );
        for (var i = 0; i < 2; i++)
            Assert.Equal(answers[i], heard[i].ToArray());
    }

    [Fact]
    public void Generate_Cancelled_ReturnsWhatWasMade()
    {
        var random = new Random(3);
        using var model = Model(random, 0);
        using var cancel = new CancellationTokenSource();
        var answers = new Generator(model).Generate(
            [Prompt(random, model, false)],
            new GenerationSettings { MaxNewTokens = 50 },
            (_, _) => cancel.Cancel(),
            cancel.Token
        );
        Assert.Single(answers[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Generate_QuestionsAboutOneImage_EqualsEachAlone(int experts) =>
        Property.Holds(
            5,
            random =>
            {
                using var model = Model(random, experts);
                ModelSample[] prompts =
                [
                    .. TinyModels.Questions(random, model.Config, "a", random.Between(2, 4), new VisionGrid(1, 4, 4)),
                    Prompt(random, model, false),
                    .. TinyModels.Questions(random, model.Config, "b", 2, new VisionGrid(1, 2, 4), new VisionGrid(1, 2, 2)),
                ];
                random.Shuffle(prompts);
                prompts = [.. prompts.Select(p => p with { Labels = null })];
                using var shared = PackedBatch.Pack(prompts, model.Config, model.DType, model.Device, share: true);
                Assert.True(shared.Tokens.HasSharedPrefixes);
                var settings = new GenerationSettings { MaxNewTokens = Tokens };
                var alone = prompts.Select(p => Run(model, [p with { ImageKeys = null }], settings)[0]).ToArray();
                Assert.Equal(alone, Run(model, prompts, settings));
                using var features = new FeatureCache(model, 1 << 20);
                Assert.Equal(
                    alone,
                    new Generator(model, features).Generate(prompts, settings, cancel: TestContext.Current.CancellationToken)
                );
                foreach (var prompt in prompts)
                    prompt.Pixels?.Dispose();
            }
        );

    [Fact]
    public void Generate_NothingAsked_ReturnsEmptyAnswers()
    {
        using var model = Model(new Random(3), 0);
        Assert.Empty(Run(model, [], new GenerationSettings()));
        Assert.Equal([], Run(model, [Prompt(new Random(1), model, false)], new GenerationSettings { MaxNewTokens = 0 })[0]);
    }

    [Fact]
    public void Generate_SampledWithOneSeed_Repeats()
    {
        var random = new Random(5);
        using var model = Model(random, 0);
        ModelSample[] prompts = [Prompt(random, model, false), Prompt(random, model, false)];
        var settings = new GenerationSettings
        {
            MaxNewTokens = 30,
            Temperature = 1.5,
            TopP = 0.95,
            Seed = 7,
        };
        var first = Run(model, prompts, settings);
        Assert.Equal(first, Run(model, prompts, settings));
        Assert.NotEqual(first, Run(model, prompts, settings with { Seed = 8 }));
    }

    [Fact]
    public void Generate_TopKOfOne_EqualsGreedy()
    {
        var random = new Random(6);
        using var model = Model(random, 5);
        var prompt = Prompt(random, model, false);
        Assert.Equal(
            Run(model, [prompt], new GenerationSettings { MaxNewTokens = Tokens }),
            Run(
                model,
                [prompt],
                new GenerationSettings
                {
                    MaxNewTokens = Tokens,
                    Temperature = 2,
                    TopK = 1,
                    Seed = 3,
                }
            )
        );
    }

    private static IReadOnlyList<int[]> Run(CausalModel model, ModelSample[] prompts, GenerationSettings settings) =>
        new Generator(model).Generate(prompts, settings, cancel: TestContext.Current.CancellationToken);

    private static CausalModel Model(Random random, int experts) => new(TinyModels.Config(experts), TinyModels.Weights(random.Next()));

    private static ModelSample Prompt(Random random, CausalModel model, bool image) =>
        TinyModels.Sample(random, model.Config, random.Between(1, 5), 0, image ? [new VisionGrid(1, 2 * random.Between(1, 2), 4)] : []);

    private static int Greedy(CausalModel model, ModelSample sample)
    {
        using var batch = PackedBatch.Pack([sample with { Labels = null }], model.Config, model.DType, model.Device);
        using var logits = model.Logits(batch);
        var width = (int)logits.Size(1);
        var last = logits.ToDoubles()[^width..];
        return Array.IndexOf(last, last.Max());
    }
}
