using System.Text.Json;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Tokenization;
using Litre.Model.Families.Qwen;
using Litre.Model.Families.Qwen3Vl;
using Shared;

namespace Litre.Data.Tests.Tokenization;

public sealed class BpeTrainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_AnyTexts_MergesAndEncodesAsTheDefinition() =>
        Property.Holds(
            60,
            random =>
            {
                var settings = new BpeSettings
                {
                    Vocabulary = 282 + random.Next(60),
                    MinimumFrequency = random.Between(1, 4),
                    CapitalFrequency = 1,
                };
                var texts = Enumerable.Range(0, 30).Select(_ => Text(random)).ToList();
                var naive = new NaiveBpe(texts, settings);

                var tokenizer = Load(Train(settings, texts), out var merges);

                Assert.Equal(naive.Merges, merges);
                foreach (var text in texts.Append(Text(random)))
                    Assert.Equal(naive.Encode(text), tokenizer.Encode(text, SpecialTokens.Plain));
            }
        );

    [Fact]
    public void Train_OnlyFrequentPairsBeyondMinimum_FillTheVocabulary()
    {
        var trained = Train(new BpeSettings { Vocabulary = 1024 }, [.. Enumerable.Repeat("seldom", 9), .. Enumerable.Repeat("often", 10)]);
        var tokenizer = Load(trained, out var merges);

        Assert.Equal(4, merges.Count);
        Assert.Equal(256 + 4 + Qwen3VlFormat.Instance.Tokens.Added.Count, trained.VocabularySize);
        Assert.Single(tokenizer.Encode("often"));
        Assert.Equal(6, tokenizer.Encode("seldom").Count);
    }

    [Fact]
    public void Encode_AnyText_DecodesToItself()
    {
        var tokenizer = Load(Train(new BpeSettings { Vocabulary = 600, MinimumFrequency = 3 }, TextSamples.Make(500, seed: 3)), out _);
        Property.Holds(
            200,
            random =>
            {
                foreach (var text in TextSamples.Make(5, random.Next()))
                {
                    var composed = CanonicalComposition.Normalize(text);
                    Assert.Equal(composed, tokenizer.Decode(tokenizer.Encode(text, SpecialTokens.Plain)));
                    Assert.Equal(composed, tokenizer.Decode(tokenizer.Encode(text, SpecialTokens.ContentOnly)));
                }
            }
        );
    }

    [Fact]
    public void ToJson_RustAndScriptTokenizers_EncodeTheSame()
    {
        Qwen3Reference.TokenizerFile(); // skips where npm is absent
        var trained = Train(new BpeSettings { Vocabulary = 700, MinimumFrequency = 2 }, TextSamples.Make(2_000, seed: 4));
        var tokenizer = Load(trained, out _);
        _folder.Write("tokenizer_config.json", trained.ToConfigJson(Qwen3VlFormat.Instance.Chat.TemplateText, 4096));
        var strings = TextSamples.Make(2_000, seed: 5);

        var (rust, script, decoded) = Qwen3Reference.Encode(strings, _folder.Path + "/");

        for (var i = 0; i < strings.Count; i++)
        {
            var ids = tokenizer.Encode(strings[i]);
            Assert.Equal(rust[i], ids);
            if (!strings[i].AsSpan().ContainsAny("\u0085\uFEFF"))
                Assert.Equal(script[i], ids);
            Assert.Equal(decoded[i], tokenizer.Decode(ids, skipSpecial: true));
        }
    }

    [Fact]
    public void Train_TextsInAnotherOrder_GivesTheSameFile()
    {
        var texts = TextSamples.Make(300, seed: 6);
        var settings = new BpeSettings { Vocabulary = 500, MinimumFrequency = 2 };
        var shuffled = texts.ToArray();
        new Random(1).Shuffle(shuffled);
        Assert.Equal(Train(settings, texts).ToJson(), Train(settings, shuffled).ToJson());
    }

    [Fact]
    public void Train_RareRunsOfCapitals_StaySingleLetters()
    {
        var random = new Random(2);
        // 800 codes of 26 x 26 prefixes: a pair of capitals stands dozens of times, and no code of them often.
        var codes = Enumerable
            .Range(0, 800)
            .Select(_ => $"Order {(char)('A' + random.Next(26))}{(char)('A' + random.Next(26))}-{random.Next(1000, 9999)}");
        var tokenizer = Load(
            Train(new BpeSettings { Vocabulary = 2000, MinimumFrequency = 1 }, [.. codes, .. Enumerable.Repeat("a PDF file", 100)]),
            out _
        );

        Assert.Equal(["A", "B", "-", "2", "0", "4", "7"], Pieces("AB-2047"));
        Assert.Equal(["Order", " A", "B", "-"], Pieces("Order AB-2047")[..4]);
        Assert.Equal(["a", " PDF", " file"], Pieces("a PDF file"));

        List<string> Pieces(string text) => [.. tokenizer.Encode(text).Select(id => tokenizer.Decode([id]))];
    }

    [Fact]
    public void AddedTokens_NewVocabulary_StandBehindTheMergesInQwensOrder()
    {
        var tokenizer = Load(
            Train(new BpeSettings { Vocabulary = 300, MinimumFrequency = 1 }, ["a few words to learn from, a few words"]),
            out _
        );
        Assert.Equal(
            Qwen3VlFormat.Instance.Tokens.Added.Select(t => t.Content),
            tokenizer.AddedTokens.OrderBy(t => t.Value).Select(t => t.Key)
        );
        Assert.Equal(tokenizer.VocabularySize - 1, tokenizer.IdOf("</think>"));
        Assert.True(tokenizer.IsSpecial(tokenizer.IdOf("<|im_end|>")));
        Assert.False(tokenizer.IsSpecial(tokenizer.IdOf("<think>")));
        _ = new ChatEncoder(tokenizer, QwenTemplate.Instruct, mergeSize: 2);
    }

    [Theory]
    [InlineData(281, 10, "`vocabulary 281`: 256 bytes and 26 special tokens need 282; give 282 or more")]
    [InlineData(282, 0, "`min-frequency 0`: expected a number from 1; omit it for 10")]
    public void Train_ImpossibleSettings_AreRefused(int vocabulary, int minimum, string message) =>
        Assert.Equal(
            message,
            Assert
                .Throws<InputException>(() =>
                    new BpeTrainer(new BpeSettings { Vocabulary = vocabulary, MinimumFrequency = minimum }, Qwen3VlFormat.Instance.Tokens)
                )
                .Message
        );

    [Fact]
    public void Template_NewTokenizer_IsTheOneThatTheEncoderFollows()
    {
        var chat = Qwen3VlFormat.Instance.Chat;
        var template = Assert.IsType<QwenTemplate>(chat.Examine("chat_template.jinja", chat.TemplateText));
        Assert.Null(template.Notice);
        Assert.Equal(ThoughtForm.None, template.Thoughts);
    }

    // Few letters, so that pairs overlap and repeat: runs such as aaaa are where merges go wrong.
    private static string Text(Random random)
    {
        const string Letters = "aaabbc  -é好1\n";
        return string.Concat(Enumerable.Range(0, random.Between(1, 40)).Select(_ => Letters[random.Next(Letters.Length)]));
    }

    private static TrainedTokenizer Train(BpeSettings settings, IEnumerable<string> texts)
    {
        var trainer = new BpeTrainer(settings, Qwen3VlFormat.Instance.Tokens);
        foreach (var text in texts)
            trainer.Add(text);
        return trainer.Train();
    }

    private Tokenizer Load(TrainedTokenizer trained, out List<string> merges)
    {
        _folder.Write("tokenizer.json", trained.ToJson());
        using var document = JsonDocument.Parse(trained.ToJson());
        merges = [.. document.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray().Select(m => m.GetString()!)];
        return Tokenizer.Load(_folder.Path, Qwen3VlFormat.Instance.Tokens);
    }
}
