using Litre.Cli.Rendering;

namespace Litre.Cli.Tests.Rendering;

public sealed class CountTextTests
{
    [Theory]
    [InlineData(0, "0 images")]
    [InlineData(1, "1 image")]
    [InlineData(1200, "1,200 images")]
    public void Of_Noun_HasTheFormOfItsNumber(long count, string expected) => Assert.Equal(expected, CountText.Of(count, "image"));

    [Theory]
    [InlineData(1, "1 image remains")]
    [InlineData(2, "2 images remain")]
    public void Of_NounAndVerb_HaveTheFormOfTheirNumber(long count, string expected) =>
        Assert.Equal(expected, CountText.Of(count, "image remains", "images remain"));
}
