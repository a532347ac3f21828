using Litre.Data.Formats;
using Litre.Data.Samples;
using Shared;

namespace Litre.Data.Tests.Formats;

public sealed class ChoicesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""["2", "3", "1", "4"]""", "2", "C|1")] // a JSON number is an index
    [InlineData("""["10", "20"]""", "20", "B|20")] // no index, but a text
    [InlineData("""["0", "1"]""", "\"1\"", "B|1")] // both readings agree
    [InlineData("\"[\\\"Kirchhoff's law\\\", \\\"Ohm's law\\\"]\"", "\"A\"", "A|Kirchhoff's law")] // JSON text
    [InlineData("\"['Kirchhoff', \\\"Ohm's law\\\"]\"", "\"B\"", "B|Ohm's law")] // Python text
    [InlineData("\"['it\\\\'s', 'x\\\\u00e9']\"", "\"B\"", "B|xé")]
    [InlineData("\"['tea' 'milk']\"", "\"milk\"", "B|milk")] // as NumPy prints
    [InlineData("""{"B": "two", "A": "one"}""", "\"A\"", "A|one")]
    [InlineData("""["A. one", "(B) two"]""", "\"B\"", "B|two")]
    [InlineData("""["Tofu", "Rice"]""", "\"rice\"", "B|Rice")]
    [InlineData("""["x", "y"]""", "[\"B\"]", "B|y")]
    [InlineData("\"one; two\"", "\"1\"", "B|two")]
    public void Answer_OfAnyForm_MeansItsChoice(string options, string answer, string expected) =>
        Assert.Equal(expected, string.Join('|', Read(options, answer).Sample?.References ?? []));

    [Theory]
    [InlineData("""["1", "2", "3", "4"]""", "\"2\"", "ambiguous: it may be B (by its text) or C (by its index from 0)")]
    [InlineData("""["B", "A"]""", "\"A\"", "ambiguous: it may be B (by its text) or A (by its letter)")]
    [InlineData("""["x", "x"]""", "\"x\"", "ambiguous")]
    [InlineData("""["x", "y"]""", "2", "is not one of the 2 choices")]
    [InlineData("""["x", "y"]""", "[\"A\", \"B\"]", "not one text or number")]
    [InlineData("\"['a', b']\"", "\"A\"", "are not a list")]
    public void Answer_ThatIsNotOneChoice_IsRefusedWithTheReason(string options, string answer, string reason) =>
        Assert.Contains(reason, Read(options, answer).Unusable?.Reason);

    [Fact]
    public void Answer_NumberThatAnotherChoiceReads_IsAnIndexWithAWarning() =>
        Assert.Contains("read as the index", Assert.Single(Read("""["2", "3", "1", "4"]""", "2").Sample!.Warnings).Text);

    [Fact]
    public void Choices_InColumns_AreListed()
    {
        _folder.Write("d.tsv", "index\tquestion\thint\tA\tB\tC\tD\tanswer\n1\tWhich?\tLook.\tred\tblue\t\t\tB\n");
        using var data = DataSet.Open(_folder.Path);
        var sample = Assert.Single(data.Read()).Sample!;
        Assert.Equal("Look.\nWhich?\nA. red\nB. blue\nAnswer with the option's letter.", sample.Messages[0].Text);
        Assert.Equal(["B", "blue"], sample.References);
    }

    private Row Read(string options, string answer)
    {
        _folder.Write("d.jsonl", $$"""{"question": "q", "options": {{options}}, "answer": {{answer}}}""" + "\n");
        using var data = DataSet.Open(_folder.Path);
        return Assert.Single(data.Read());
    }
}
