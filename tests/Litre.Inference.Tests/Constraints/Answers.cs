using System.Text;
using Litre.Data.Tokenization;
using Litre.Inference.Constraints;
using Litre.Model.Families;
using Shared;

namespace Litre.Inference.Tests.Constraints;

/// <summary>Answers of constraints with the tokenizer of the bundled model, whose tokens often contain parts of characters.</summary>
internal static class Answers
{
    private const int LongAnswer = 150;
    private const int LongestAnswer = 20_000;

    public static Tokenizer Tokenizer { get; } =
        Tokenizer.Load(Path.Combine(Repository.Root, "assets", "litre-nano"), ModelFamilies.Default.Format.Tokens);

    public static HashSet<int> StopTokens { get; } = [Tokenizer.IdOf("<|im_end|>"), Tokenizer.IdOf("<|endoftext|>")];

    public static ConstraintCompiler Compiler { get; } = new(Tokenizer, StopTokens);

    /// <summary>A model's vocabulary is larger than the tokenizer's.</summary>
    public static int Vocabulary { get; } = Tokenizer.VocabularySize + 100;

    /// <summary>Whether a text has a format.</summary>
    public static bool Accepts(AnswerFormat format, string text)
    {
        var constraint = Compiler.Create(format);
        foreach (var token in Tokenizer.Encode(text, SpecialTokens.Plain))
        {
            if (!constraint.Allows(token))
                return false;
            constraint.Accept(token);
        }
        return constraint.IsComplete;
    }

    /// <summary>An answer of random tokens, each of which is allowed. Long answers are ended as soon as possible.</summary>
    /// <param name="format">The format.</param>
    /// <param name="random">Chooses the tokens.</param>
    /// <param name="isUsed">Which tokens are used if any of them is allowed; null for all.</param>
    public static string Random(AnswerFormat format, Random random, Func<int, bool>? isUsed = null) =>
        TryRandom(format, random, isUsed) ?? throw new InvalidOperationException("the answer does not end");

    /// <summary>The same; null if it has not ended after very many tokens.</summary>
    public static string? TryRandom(AnswerFormat format, Random random, Func<int, bool>? isUsed = null)
    {
        var constraint = Compiler.Create(format);
        var tokens = new List<int>();
        while (tokens.Count < LongestAnswer)
        {
            var allowed = Allowed(constraint);
            if (allowed.Exists(t => !StopTokens.Contains(t) && isUsed?.Invoke(t) == true))
                allowed.RemoveAll(t => !StopTokens.Contains(t) && !isUsed!(t));
            Assert.True(allowed.Count > 0, $"nothing may follow {Tokenizer.Decode(tokens)}");
            var isLong = tokens.Count > LongAnswer;
            if (constraint.IsComplete && (isLong || random.Next(3) == 0 || allowed.All(StopTokens.Contains)))
            {
                constraint.Accept(allowed.First(StopTokens.Contains));
                return Tokenizer.Decode(tokens);
            }
            allowed.RemoveAll(StopTokens.Contains);
            var ending = allowed.Where(t => Tokenizer.TokenBytes(t) is [(byte)'"' or (byte)']' or (byte)'}']).ToList();
            var choice = ending.Count > 0 && random.Next(isLong ? 2 : 6) == 0 ? ending : allowed;
            var token = choice[random.Next(choice.Count)];
            constraint.Accept(token);
            tokens.Add(token);
        }
        return null;
    }

    /// <summary>The tokens that a mask leaves.</summary>
    public static List<int> Allowed(TokenConstraint constraint)
    {
        var logits = new float[Vocabulary];
        constraint.Mask(logits);
        return [.. Enumerable.Range(0, Vocabulary).Where(t => !float.IsNegativeInfinity(logits[t]))];
    }

    /// <summary>Whether a token consists of ASCII characters.</summary>
    public static bool IsAscii(int token) => Ascii.IsValid(Tokenizer.TokenBytes(token));
}
