using System.Text;
using Litre.Data.Tokenization;
using Litre.Model.Families;
using Shared;

namespace Litre.Inference.Tests;

public sealed class TextStreamTests
{
    [Theory]
    [InlineData("<think>\n\n</think>\n\ngreen", "green")]
    [InlineData("<think>\nblue?\n</think>\n\ngreen", "<think>\nblue?\n</think>\n\ngreen")]
    [InlineData("<b>green</b>", "<b>green</b>")]
    [InlineData("<thi", "<thi")]
    public void Push_AnswerTokenByToken_GivesAllButAnEmptyThought(string answer, string expected)
    {
        var tokenizer = Tokenizer.Load(Path.Combine(Repository.Root, "assets", "litre-nano"), ModelFamilies.Default.Format.Tokens);
        var text = new StringBuilder();
        var stream = new TextStream(tokenizer.CreateDecoder(), piece => text.Append(piece));
        foreach (var token in tokenizer.Encode(answer))
            stream.Push(token);
        stream.Finish();
        Assert.Equal(expected, text.ToString());
    }
}
