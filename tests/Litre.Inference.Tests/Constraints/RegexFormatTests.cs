using System.Text.RegularExpressions;
using Litre.Core;
using Litre.Inference.Constraints;
using Shared;

namespace Litre.Inference.Tests.Constraints;

public sealed class RegexFormatTests
{
    [Theory]
    [InlineData("[0-9]{3}-[A-Z]+", "123-AB", "12-AB")]
    [InlineData("a|bc|", "bc", "b")]
    [InlineData("a|bc|", "", "abc")]
    [InlineData("^(yes|no)$", "yes", "yes no")]
    [InlineData("(?:ab){2,3}", "ababab", "ab")]
    [InlineData("(?<word>x+)y?", "xxy", "y")]
    [InlineData(@"\d+(\.\d{1,2})?", "12.34", "12.345")]
    [InlineData(@"M\d{1,2} ?x ?\d+ °C", "M8x 20 °C", "M8x20 C")]
    [InlineData("[^a-c]*", "Größe 7 mm", "Glas aus")]
    [InlineData(".", "漢", "\n")]
    [InlineData("[Ā-ſ]{2}", "őł", "ab")]
    [InlineData(@"[^\x00-\u{FFFF}]", "😀", "é")]
    [InlineData(@"\u00e9\uD83D\uDE00", "é😀", "e😀")]
    [InlineData("(?!0)[0-9]{2}", "10", "01")]
    [InlineData("(?=.*z)(?!.*y).{3}", "xzx", "xzy")]
    [InlineData("a{,2}", "a{,2}", "aa")]
    [InlineData("a+?b*?", "aab", "b")]
    [InlineData(@"[\w.-]+", "a-b.c_9", "a b")]
    [InlineData(@"\S+\s\S+", "a b", "ab")]
    public void Regex_MatchingAndOtherText_AcceptsTheMatchingOne(string expression, string good, string bad)
    {
        Assert.True(Answers.Accepts(AnswerFormat.Regex(expression), good), good);
        Assert.False(Answers.Accepts(AnswerFormat.Regex(expression), bad), bad);
    }

    [Theory]
    [InlineData("a(?=b)c", "look-ahead")]
    [InlineData("(?=a)b|c", "look-ahead")]
    [InlineData("(?<=a)b", "look-behind")]
    [InlineData("(?<!a)b", "look-behind")]
    [InlineData(@"(a)\1", "backreference")]
    [InlineData(@"(?<n>a)\k<n>", "backreference")]
    [InlineData(@"\bword\b", "word boundary")]
    [InlineData(@"\p{L}+", "Unicode category")]
    [InlineData("(?i)a", "inline flags")]
    [InlineData("a++", "possessive")]
    [InlineData("(?>a)", "atomic")]
    [InlineData("[[:digit:]]", "POSIX")]
    [InlineData("(a", "'(' without ')'")]
    [InlineData("a)", "')' without '('")]
    [InlineData("[a", "'[' without ']'")]
    [InlineData("*a", "nothing before '*'")]
    [InlineData("a**", "a quantifier follows")]
    [InlineData("[z-a]", "wrong order")]
    [InlineData("a{3,2}", "wrong order")]
    [InlineData("[]", "empty class")]
    [InlineData("a$b", "no text matches")]
    [InlineData(@"\", "at the end")]
    [InlineData(@"\q", "'\\q' is not supported")]
    [InlineData("a{99999}", "above 10,000")]
    [InlineData("((a{1000}){1000}){1000}", "positions")]
    [InlineData("(((){10000}){10000}){10000}", "positions")]
    [InlineData("[ab]*a[ab]{20}", "states")]
    [InlineData("(a?){10000}", "at the same place")]
    public void Regex_NotSupported_IsRefusedByName(string expression, string reason)
    {
        var error = Assert.Throws<InputException>(() => Answers.Compiler.Create(AnswerFormat.Regex(expression)));
        Assert.Equal("regex", error.Setting);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Regex_RandomExpressions_AgreeWithDotNet()
    {
        var answers = 0;
        Property.Holds(
            150,
            random =>
            {
                var expression = Expression(random, 3);
                var format = AnswerFormat.Regex(expression);
                var expected = new Regex($"\\A(?:{expression})\\z", RegexOptions.CultureInvariant);
                for (var i = 0; i < 15; i++)
                {
                    var text = string.Concat(Enumerable.Range(0, random.Between(0, 6)).Select(_ => "abcé"[random.Next(4)]));
                    Assert.True(expected.IsMatch(text) == Answers.Accepts(format, text), $"{expression}: '{text}'");
                }
                // Any letters would seldom end an answer.
                var answer = Answers.TryRandom(
                    format,
                    random,
                    t => Answers.Tokenizer.TokenBytes(t) is [>= (byte)'a' and <= (byte)'c' or 0xC3]
                );
                // A repetition without a limit may go on for longer than a walk does.
                if (answer is null)
                    return;
                answers++;
                Assert.True(expected.IsMatch(answer), $"{expression}: '{answer}'");
            }
        );
        Assert.True(answers > 120, $"{answers} answers ended");
    }

    [Fact]
    public void Regex_DeepNesting_IsRefused() =>
        Assert.Throws<InputException>(() =>
            Answers.Compiler.Create(AnswerFormat.Regex(new string('(', 10_000) + "a" + new string(')', 10_000)))
        );

    private static string Expression(Random random, int depth)
    {
        if (depth == 0 || random.Next(4) == 0)
            return random.Next(5) switch
            {
                0 => "[ab]",
                1 => "[^a]",
                2 => ".",
                3 => "é",
                _ => "abc"[random.Next(3)].ToString(),
            };
        return random.Next(5) switch
        {
            0 => $"(?:{Expression(random, depth - 1)}|{Expression(random, depth - 1)})",
            1 => $"(?:{Expression(random, depth - 1)}){"*+?"[random.Next(3)]}",
            2 => $"(?:{Expression(random, depth - 1)}){{{random.Between(0, 2)},{random.Between(2, 4)}}}",
            _ => Expression(random, depth - 1) + Expression(random, depth - 1),
        };
    }
}
