using System.Globalization;
using Litre.Data.Synthesis.Drawings;

namespace Litre.Data.Tests.Synthesis;

/// <summary>The rules as documented, case by case.</summary>
public sealed class NordhavnNotationTests
{
    private static readonly NordhavnNotation Notation = new();

    [Theory]
    [InlineData(false, "45", "0.1", "", "45 T1")]
    [InlineData(true, "12.5", "0.02", "", "D12.5 T02")]
    [InlineData(true, "20", "", "H7", "D20 H7")]
    [InlineData(false, "7.5", "", "", "7.5")]
    public void Dimension_EveryForm_IsWrittenByTheRule(bool diameter, string size, string tolerance, string fit, string drawn) =>
        Assert.Equal(drawn, Notation.Dimension(new Dimension('A', diameter, size, tolerance, fit, DimensionSubject.Unnamed)));

    [Theory]
    [InlineData("1:1", "M1")]
    [InlineData("1:20", "M20")]
    [InlineData("10:1", "V10")]
    public void Scale_EveryForm_IsWrittenByTheRule(string scale, string drawn) => Assert.Equal(drawn, Notation.Scale(scale));

    [Theory]
    [InlineData("2021-03-14", "14C21")]
    [InlineData("2005-09-01", "01J05")]
    [InlineData("1999-12-28", "28M99")]
    public void Date_EveryForm_IsWrittenByTheRule(string date, string drawn)
    {
        var day = DateOnly.ParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Equal(drawn, Notation.Date(day));
        Assert.Equal(date, Notation.DateAnswer(day));
    }

    [Theory]
    [InlineData(4, "A4")]
    [InlineData(10, "B0")]
    [InlineData(24, "C4")]
    public void Quantity_EveryForm_IsWrittenByTheRule(int quantity, string drawn) => Assert.Equal(drawn, Notation.Quantity(quantity));

    [Fact]
    public void Codes_EveryMaterial_HasOneOfItsOwn()
    {
        Assert.Equal(12, DrawingContent.Materials.Select(Notation.Material).Distinct().Count());
        Assert.Equal("K3", Notation.Material("C45"));
        Assert.All(DrawingContent.Materials, m => Assert.DoesNotContain(Notation.Material(m), DrawingContent.Materials));
    }

    [Fact]
    public void Others_AreWrittenByTheRule()
    {
        Assert.Equal("30", Notation.Item(3));
        Assert.Equal("2047/AB", Notation.PartNumber("AB-2047"));
        Assert.Equal("2213.48", Notation.DrawingNumber("48-2213"));
        Assert.Equal("HOUSING, VALVE", Notation.Title("VALVE HOUSING"));
    }
}
