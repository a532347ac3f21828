using System.Globalization;
using Litre.Synthesis.Drawings;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Tests;

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
    [InlineData("14.03.2021", "14C21")]
    [InlineData("01.09.2005", "01J05")]
    [InlineData("28.12.1999", "28M99")]
    public void Date_EveryForm_IsWrittenByTheRule(string date, string drawn)
    {
        var day = DateOnly.ParseExact(date, "dd.MM.yyyy", CultureInfo.InvariantCulture);
        Assert.Equal(drawn, Notation.Date(day));
        Assert.Equal(date, Notation.DateAnswer(day));
    }

    [Theory]
    [InlineData(4, "A4")]
    [InlineData(10, "B0")]
    [InlineData(24, "C4")]
    public void Quantity_EveryForm_IsWrittenByTheRule(int quantity, string drawn) => Assert.Equal(drawn, Notation.Quantity(quantity));

    [Fact]
    public void Codes_EveryMaterialInUse_HasOneOfItsOwn()
    {
        Assert.Equal("Ck45", Notation.Material("C45"));
        Assert.Equal(6, NordhavnNotation.MaterialCodes.Values.Distinct().Count());
        Assert.All(
            NordhavnNotation.MaterialCodes,
            m =>
            {
                Assert.Contains(m.Key, DrawingContent.Materials);
                Assert.DoesNotContain(m.Value, DrawingContent.Materials);
            }
        );
    }

    [Fact]
    public void Own_AnyContent_HasOnlyItsMaterialsAndFamiliesAndNoNumberTwice()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var drawn = DrawingContent.Generate(SeededRandom.For(1, "company", seed, 0));
            // The same number under all letters must not become the same part.
            drawn = drawn with
            {
                Items = [.. drawn.Items.Select(i => i with { PartNumber = i.PartNumber[..3] + "1234" }).DistinctBy(i => i.PartNumber)],
            };
            var own = Notation.Localize(drawn);
            Assert.All(own.Items, i => Assert.Contains(i.Material, NordhavnNotation.MaterialCodes.Keys));
            Assert.All(own.Items, i => Assert.Contains(i.PartNumber[5..], NordhavnNotation.Families));
            Assert.Equal(own.Items.Count, own.Items.Select(i => i.PartNumber).Distinct().Count());
            Assert.Equal(
                drawn.Items.Select(i => (i.Number, i.Quantity, i.PartNumber[2..])),
                own.Items.Select(i => (i.Number, i.Quantity, $"-{i.PartNumber[..4]}"))
            );
        }
    }

    [Fact]
    public void Notation_OtherNames_AreWrittenByTheRule()
    {
        Assert.Equal("30", Notation.Item(3));
        Assert.Equal("2047/SW", Notation.PartNumber("2047-SW"));
        Assert.Equal("2213.48", Notation.DrawingNumber("2213-48"));
        Assert.Equal("HOUSING, VALVE", Notation.Title("VALVE HOUSING"));
    }
}
