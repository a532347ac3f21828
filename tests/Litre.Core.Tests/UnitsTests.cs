namespace Litre.Core.Tests;

public sealed class UnitsTests
{
    [Theory]
    [InlineData(0, "0 rows")]
    [InlineData(1, "1 row")]
    [InlineData(2, "2 rows")]
    [InlineData(1204, "1,204 rows")]
    public void Count_Number_UsesTheNounsForm(long count, string text) => Assert.Equal(text, Units.Count(count, "row"));

    [Fact]
    public void Count_IrregularPlural_IsUsedForOtherCountsThanOne() =>
        Assert.Equal(
            ("1 entry names", "0 entries name"),
            (Units.Count(1, "entry names", "entries name"), Units.Count(0, "entry names", "entries name"))
        );
}
