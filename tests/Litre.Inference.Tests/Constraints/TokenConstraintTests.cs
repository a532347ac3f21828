using System.Text;
using System.Text.Json;
using Litre.Data.Tokenization;
using Litre.Inference.Constraints;
using Shared;

namespace Litre.Inference.Tests.Constraints;

public sealed class TokenConstraintTests
{
    private static readonly AnswerFormat[] Formats =
    [
        AnswerFormat.JsonObject,
        AnswerFormat.JsonSchema("""{"type":"object","properties":{"a":{"type":"string","maxLength":30},"b":{"enum":[1,"é"]}}}"""),
        AnswerFormat.JsonSchema("""{"anyOf":[{"type":"string"},{"type":"string","minLength":5,"maxLength":8},{"const":"x"}]}"""),
        AnswerFormat.Regex("(a|é|漢){2,6}\\.?"),
    ];

    [Fact]
    public void Mask_EveryStepOfRandomAnswers_AgreesWithAllows() =>
        Property.Holds(
            20,
            random =>
            {
                var constraint = Answers.Compiler.Create(Formats[random.Next(Formats.Length)]);
                for (var step = 0; step < 60; step++)
                {
                    var allowed = Answers.Allowed(constraint);
                    Assert.Equal(Enumerable.Range(0, Answers.Vocabulary).Where(constraint.Allows), allowed);
                    Assert.Equal(constraint.IsComplete, allowed.Exists(Answers.StopTokens.Contains));
                    var content = allowed.Where(t => !Answers.StopTokens.Contains(t)).ToList();
                    if (content.Count == 0)
                        return;
                    constraint.Accept(content[random.Next(content.Count)]);
                }
            }
        );

    [Fact]
    public void Mask_VocabularySmallerThanTheTokenizers_IsMasked()
    {
        var constraint = Answers.Compiler.Create(AnswerFormat.JsonObject);
        var logits = new float[100];
        constraint.Mask(logits);
        Assert.Equal(Enumerable.Range(0, 100).Where(constraint.Allows), Enumerable.Range(0, 100).Where(t => logits[t] == 0));
    }

    [Fact]
    public void Mask_AllowedTokens_KeepTheirLogits()
    {
        var constraint = Answers.Compiler.Create(AnswerFormat.Regex("a"));
        var logits = Enumerable.Range(0, Answers.Vocabulary).Select(i => (float)i).ToArray();
        constraint.Accept(Answers.Tokenizer.Encode("a")[0]);
        constraint.Mask(logits);
        Assert.Equal(Answers.StopTokens.Order(), Enumerable.Range(0, logits.Length).Where(t => logits[t] == t));
        Assert.Equal(Answers.StopTokens.Count, logits.Count(l => !float.IsNegativeInfinity(l)));
    }

    [Fact]
    public void Accept_TokenThatMayNotFollow_IsRefused()
    {
        var constraint = Answers.Compiler.Create(AnswerFormat.JsonObject);
        Assert.Throws<ArgumentException>(() => constraint.Accept(Answers.Tokenizer.Encode("a")[0]));
        Assert.Throws<ArgumentException>(() => constraint.Accept(Answers.StopTokens.First()));
        Assert.Throws<ArgumentException>(() => constraint.Accept(Answers.Tokenizer.IdOf("<|im_start|>")));
        Assert.Throws<ArgumentException>(() => constraint.Accept(-1));
    }

    [Fact]
    public void Create_ManyThreadsAndFormats_AllGetTheirOwnAnswers() =>
        Parallel.For(
            0,
            200,
            seed =>
            {
                // More formats than are kept.
                var number = seed % 40;
                var format = AnswerFormat.JsonSchema(
                    $$$"""{"type":"object","properties":{"p{{{number}}}":{}},"required":["p{{{number}}}"]}"""
                );
                using var answer = JsonDocument.Parse(Answers.Random(format, new Random(seed)));
                Assert.True(answer.RootElement.TryGetProperty($"p{number}", out _));
            }
        );

    [Fact]
    public void Random_ManyPositions_AreForgottenAndFoundAgain()
    {
        // Each count of characters is a position of its own.
        var format = AnswerFormat.JsonSchema(
            """{"type":"array","minItems":3,"maxItems":3,"items":{"type":"string","minLength":4000,"maxLength":5000}}"""
        );
        var constraint = Answers.Compiler.Create(format);
        var text = $"[\"{new string('x', 4500)}\",\"{new string('é', 4500)}\",\"{string.Concat(Enumerable.Repeat("漢", 4500))}\"]";
        var logits = new float[Answers.Vocabulary];
        foreach (var token in Encoding.UTF8.GetBytes(text).Select(b => Bytes[b]))
        {
            Assert.True(constraint.Allows(token));
            constraint.Mask(logits);
            constraint.Accept(token);
        }
        Assert.True(constraint.IsComplete);
    }

    // The token of each byte.
    private static readonly int[] Bytes =
    [
        .. Enumerable
            .Range(0, 256)
            .Select(b =>
                Enumerable.Range(0, Answers.Tokenizer.VocabularySize).First(t => Answers.Tokenizer.TokenBytes(t) is [var only] && only == b)
            ),
    ];

    [Fact]
    public void Compiler_WithoutStopTokens_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new ConstraintCompiler(Answers.Tokenizer, new HashSet<int>()));

    [Fact]
    public void Answer_CharacterInSeveralTokens_IsAccepted()
    {
        Assert.True(Answers.Tokenizer.Encode("\"漢😀\"", SpecialTokens.Plain).Count > 6);
        Assert.True(Answers.Accepts(AnswerFormat.JsonSchema("""{"type":"string","minLength":2,"maxLength":2}"""), "\"漢😀\""));
    }
}
