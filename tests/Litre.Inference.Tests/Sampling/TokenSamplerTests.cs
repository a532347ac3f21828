using System.Text.Json;
using Litre.Inference.Constraints;
using Litre.Inference.Sampling;
using Litre.Inference.Tests.Constraints;
using Shared;

namespace Litre.Inference.Tests.Sampling;

public sealed class TokenSamplerTests
{
    [Fact]
    public void Next_AnySettingsAndTies_ChoosesWhatSortingChooses() =>
        Property.Holds(
            400,
            random =>
            {
                var logits = Logits(random);
                var settings = new GenerationSettings
                {
                    Temperature = random.Next(6) == 0 ? 0 : Math.Pow(10, random.NextDouble() * 4 - 2),
                    TopK = random.Flip() ? 0 : random.Between(1, logits.Length),
                    TopP = random.Flip() ? 1 : random.NextDouble() * 0.999 + 0.001,
                    MinP = random.Flip() ? 0 : random.NextDouble(),
                    RepetitionPenalty = random.Flip() ? 1 : 0.5 + random.NextDouble(),
                    PresencePenalty = random.Flip() ? 0 : random.NextDouble() * 4 - 2,
                    FrequencyPenalty = random.Flip() ? 0 : random.NextDouble() * 4 - 2,
                };
                settings.Validate();
                var prompt = Enumerable.Range(0, 5).Select(_ => random.Next(logits.Length)).ToArray();
                var seed = random.Next();
                var (sampler, twin) = (new TokenSampler(settings, prompt, seed, null), new SortingSampler(settings, prompt, seed));
                for (var step = 0; step < 8; step++)
                    Assert.Equal(twin.Next((float[])logits.Clone()), sampler.Next((float[])logits.Clone()).Token);
            }
        );

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void Next_LargeVocabulary_ChoosesWhatSortingChooses(double spread)
    {
        var random = new Random(1);
        for (var i = 0; i < 12; i++)
        {
            var logits = random.Doubles(151_936).Select(v => (float)(v * spread)).ToArray();
            var settings = new GenerationSettings
            {
                Temperature = i % 2 == 0 ? 1 : 30,
                TopP = i % 3 == 0 ? 1 : 0.9,
                TopK = i % 4 == 0 ? 1000 : 0,
            };
            Assert.Equal(
                new SortingSampler(settings, [], i).Next((float[])logits.Clone()),
                new TokenSampler(settings, [], i, null).Next((float[])logits.Clone()).Token
            );
        }
    }

    [Fact]
    public void Next_ManyDraws_FollowTheTruncatedSoftmax()
    {
        float[] logits = [1, 3, 2, 0, -1, 2.5f];
        var settings = new GenerationSettings { Temperature = 0.8, TopP = 0.9 };
        var sampler = new TokenSampler(settings, [], 7, null);
        var counts = new int[logits.Length];
        const int Draws = 200_000;
        for (var i = 0; i < Draws; i++)
            counts[sampler.Next((float[])logits.Clone()).Token]++;
        // 1, 5 and 2 are the fewest that reach 0.9.
        int[] kept = [1, 5, 2];
        var sum = kept.Sum(t => Math.Exp(logits[t] / 0.8));
        for (var t = 0; t < logits.Length; t++)
        {
            var expected = kept.Contains(t) ? Math.Exp(logits[t] / 0.8) / sum : 0;
            Assert.Equal(expected, counts[t] / (double)Draws, 0.006);
        }
    }

    [Fact]
    public void Next_Greedy_TakesTheFirstOfTheLargestAfterPenalties()
    {
        var settings = new GenerationSettings
        {
            RepetitionPenalty = 2,
            PresencePenalty = 0.5,
            FrequencyPenalty = 0.25,
        };
        var sampler = new TokenSampler(settings, [0], 0, null);
        float[] logits = [4, 3, 3, -1];
        // Token 0 has 2 at first, and then 1.25, 1, 0.75 and 0.5; tokens 1 and 2 have 3, and then 0.75.
        Assert.Equal([1, 2, 0, 0, 0, 0, 1], Enumerable.Range(0, 7).Select(_ => sampler.Next((float[])logits.Clone()).Token).ToArray());
    }

    [Fact]
    public void Next_SameSeed_ChoosesTheSameTokens()
    {
        var settings = new GenerationSettings { Temperature = 1 };
        var logits = new Random(3).Doubles(500).Select(v => (float)v).ToArray();
        int[] Answer(int seed)
        {
            var sampler = new TokenSampler(settings, [], seed, null);
            return [.. Enumerable.Range(0, 20).Select(_ => sampler.Next((float[])logits.Clone()).Token)];
        }
        Assert.Equal(Answer(5), Answer(5));
        Assert.NotEqual(Answer(5), Answer(6));
    }

    [Fact]
    public void Next_LogProbs_AreThoseOfTheLogitsBeforeEverythingElse() =>
        Property.Holds(
            100,
            random =>
            {
                var logits = Logits(random);
                var settings = new GenerationSettings
                {
                    Temperature = random.Flip() ? 0 : 0.5,
                    RepetitionPenalty = random.Flip() ? 1 : 1.5,
                    LogProbs = true,
                    TopLogProbs = random.Next(6),
                };
                var found = new TokenSampler(settings, [0, 1], 1, null).Next((float[])logits.Clone());
                var most = logits.Max();
                var normalizer = most + Math.Log(logits.Sum(l => Math.Exp(l - most)));
                Assert.Equal(found.Token, found.LogProb!.Token);
                Assert.Equal(logits[found.Token] - normalizer, found.LogProb.LogProb, 2e-5);
                var top = Enumerable
                    .Range(0, logits.Length)
                    .OrderByDescending(i => logits[i])
                    .ThenBy(i => i)
                    .Take(settings.TopLogProbs)
                    .ToArray();
                Assert.Equal(top, found.LogProb.Top.Select(t => t.Token));
                Assert.All(found.LogProb.Top, t => Assert.Equal(logits[t.Token] - normalizer, t.LogProb, 2e-5));
            }
        );

    [Fact]
    public void Next_NoLogProbsRequested_ReturnsNone() =>
        Assert.Null(new TokenSampler(new GenerationSettings(), [], 0, null).Next([1f, 2f]).LogProb);

    [Fact]
    public void Next_NothingLeft_SaysSo() =>
        Assert.All(
            (GenerationSettings[])[new(), new() { Temperature = 1 }],
            s => Assert.Throws<InvalidOperationException>(() => new TokenSampler(s, [], 0, null).Next([float.NegativeInfinity, float.NaN]))
        );

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Next_InfiniteOrNoNumbers_AreHandled(double temperature)
    {
        var sampler = new TokenSampler(new GenerationSettings { Temperature = temperature }, [], 0, null);
        Assert.Equal(2, sampler.Next([1, float.NaN, float.PositiveInfinity, float.NegativeInfinity]).Token);
        Assert.Equal(3, sampler.Next([float.NaN, float.NegativeInfinity, float.NaN, -1e30f]).Token);
        Assert.Equal(1, new TokenSampler(new GenerationSettings { Temperature = 1e-3 }, [], 1, null).Next([1e30f, 2e30f, -1e30f]).Token);
    }

    [Fact]
    public void Next_Constraint_GivesAnAnswerThatParses()
    {
        var format = AnswerFormat.JsonSchema("""{"type":"object","properties":{"n":{"type":"integer","minimum":10}},"required":["n"]}""");
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var settings = new GenerationSettings
            {
                Temperature = seed % 2,
                RepetitionPenalty = 1.2,
                TopK = 50,
            };
            var sampler = new TokenSampler(settings, [], seed, Answers.Compiler.Create(format));
            var answer = new List<int>();
            while (true)
            {
                var token = sampler.Next(random.Doubles(Answers.Vocabulary).Select(v => (float)(v * 5)).ToArray()).Token;
                if (Answers.StopTokens.Contains(token))
                    break;
                answer.Add(token);
            }
            using var document = JsonDocument.Parse(Answers.Tokenizer.Decode(answer));
            Assert.True(document.RootElement.GetProperty("n").GetInt64() >= 10);
        }
    }

    // Often with ties, excluded tokens and a few that are far above the others.
    private static float[] Logits(Random random)
    {
        var logits = random.Doubles(random.Between(2, 3000)).Select(v => (float)(v * random.Between(1, 20))).ToArray();
        if (random.Flip())
            logits = [.. logits.Select(l => MathF.Round(l))];
        for (var i = random.Next(4); i > 0; i--)
            logits[random.Next(logits.Length)] += 20;
        for (var i = random.Next(4); i > 0; i--)
            logits[random.Next(1, logits.Length)] = float.NegativeInfinity;
        return logits;
    }
}
