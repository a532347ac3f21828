using Litre.Cli.Rendering;
using Litre.Data.Tokenization;
using Litre.Model.Families;
using Shared;

namespace Litre.Cli.Tests.Rendering;

public sealed class AnswerStreamTests
{
    [Theory]
    [InlineData("<think>\n\n</think>\n\ngreen", "green\n")]
    [InlineData("<think>\nblue?\n</think>\n\ngreen", "<think>\nblue?\n</think>\n\ngreen\n")]
    [InlineData("<b>green</b>", "<b>green</b>\n")]
    [InlineData("<thi", "<thi\n")]
    public void Push_AnswerTokenByToken_ShowsAllButAnEmptyThought(string answer, string expected)
    {
        var tokenizer = Tokenizer.Load(Path.Combine(Repository.Root, "assets", "litre-nano"), ModelFamilies.Default.Format.Tokens);
        using var output = new StringWriter();
        var stream = new AnswerStream(output, tokenizer);
        foreach (var token in tokenizer.Encode(answer))
            stream.Push(token);
        stream.Finish();
        Assert.Equal(expected, output.ToString());
    }
}
