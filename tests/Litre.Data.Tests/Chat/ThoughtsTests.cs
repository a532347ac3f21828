using Litre.Data.Chat;

namespace Litre.Data.Tests.Chat;

public sealed class ThoughtsTests
{
    [Theory]
    [InlineData("<think>\n\n</think>\n\ngreen", "green")]
    [InlineData("\n</think>\n\ngreen", "green")] // of a prompt that opens the thought
    [InlineData("<think>\nWhy?\n</think>\n\ngreen", "<think>\nWhy?\n</think>\n\ngreen")]
    [InlineData("green </think>", "green </think>")]
    [InlineData("<think>\n", "<think>\n")]
    public void WithoutEmpty_Answer_LosesOnlyAnEmptyThought(string answer, string expected) =>
        Assert.Equal(expected, Thoughts.WithoutEmpty(answer));

    [Theory]
    [InlineData("", true)]
    [InlineData("<th", true)]
    [InlineData("<think>\n\n", true)]
    [InlineData("<think>\n\n</thi", true)]
    [InlineData("<think>\n\n</think>", true)]
    [InlineData("<think>\n\n</think>\n", false)]
    [InlineData("<think>\nWhy", false)]
    [InlineData("<b", false)]
    public void MayBecomeEmpty_Beginning_IsTrueUntilItIsDecided(string beginning, bool expected) =>
        Assert.Equal(expected, Thoughts.MayBecomeEmpty(beginning));
}
