using Litre.Data.Formats;
using Litre.Data.Samples;
using Shared;

namespace Litre.Data.Tests.Formats;

/// <summary>How JSON files lay out their rows, and where each row is said to stand.</summary>
public sealed class JsonLayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_PackedLines_GivesEachRowAndItsNumber()
    {
        var (rows, notices) = Read(
            "packed.jsonl",
            "[" + Row(1) + ", " + Row(2) + "]\n[" + Row(3) + "]\n[" + Row(4) + "," + Row(5) + ", 7]\n" + Row(6) + "\n"
        );
        Assert.Equal(["1", "2", "3", null, "6"], rows.Select(r => r.Sample?.Answer));
        Assert.Equal(
            ["packed.jsonl row 1", "packed.jsonl row 2", "packed.jsonl:2", "packed.jsonl:4"],
            rows.Where(r => r.Sample != null).Select(r => r.Sample!.Id)
        );
        Assert.Equal((3L, "the row is not an object"), (rows[3].Unusable!.Origin.Line, rows[3].Unusable!.Reason));
        Assert.Contains("packed.jsonl contains lists of rows", Assert.Single(notices));
    }

    [Fact]
    public void Read_PackedLineThatIsBroken_CostsThatLineOnly()
    {
        var (rows, _) = Read("packed.jsonl", "[" + Row(1) + "]\n[" + Row(2) + ", {\"question\": ]\n[" + Row(3) + "]\n");
        Assert.Equal(["1", null, "3"], rows.Select(r => r.Sample?.Answer));
        Assert.Contains("line 2", rows[1].Unusable!.Reason);
    }

    [Fact]
    public void Read_ArrayInOneLine_NumbersRowsInIdsAndMessages()
    {
        var (rows, _) = Read("train.json", $"[{Row(1)}, {{\"question\": \"q\"}}, {Row(3)}]");
        Assert.Equal("train.json row 1", rows[0].Sample!.Id);
        Assert.EndsWith("train.json row 2", rows[1].Unusable!.Origin.ToString());
        Assert.Equal("train.json row 3", rows[2].Sample!.Id);
    }

    [Fact]
    public void Read_ArrayWithSeveralRowsALine_NumbersOnlyThoseThatShareOne()
    {
        var (rows, _) = Read("d.json", $"[\n{Row(1)},\n{Row(2)}, {Row(3)},\n{Row(4)}\n]");
        Assert.Equal(["d.json:2", "d.json:3 row 2", "d.json:3 row 3", "d.json:4"], rows.Select(r => r.Sample!.Id));
    }

    [Theory]
    [InlineData("[ROW1, ROW2, {\"question\": \"q3\", \"ans", "d.json row 3", "the file ends inside a row")]
    [InlineData("[ROW1, ROW2", "d.json row 3", "the file ends inside its array")]
    [InlineData("[ROW1, {\"question\" \"q\"}, ROW3]", "d.json row 2", "line 1, byte 49")]
    [InlineData("[\nROW1,\nROW2,\n{\"question\": \"q\",\n \"answer\" 1}]", "d.json:4", "line 5, byte 11")]
    public void Read_DamagedArray_NamesTheRow(string text, string place, string reason)
    {
        var (rows, _) = Read(
            "d.json",
            text.Replace("ROW1", Row(1), StringComparison.Ordinal)
                .Replace("ROW2", Row(2), StringComparison.Ordinal)
                .Replace("ROW3", Row(3), StringComparison.Ordinal)
        );
        var unusable = Assert.Single(rows, r => r.Unusable != null).Unusable!;
        Assert.EndsWith(place, unusable.Origin.ToString());
        Assert.Contains(reason, unusable.Reason);
        Assert.Equal("1", rows[0].Sample!.Answer);
    }

    [Theory]
    [InlineData("[ROW1, ROW2,]")] // a comma after the last row
    [InlineData("[ROW1]\n[ROW2]\n")]
    [InlineData("[ROW1][ROW2]")]
    [InlineData("[ROW1],\n[ROW2]")]
    [InlineData("[[ROW1], [ROW2]]")]
    [InlineData("[[ROW1, ROW2]]")]
    [InlineData("ROW1,\nROW2,\n")]
    [InlineData("ROW1ROW2")]
    [InlineData("ROW1 ROW2\n")]
    [InlineData("{\"question\": [\"q1\", \"q2\"], \"answer\": [\"1\", \"2\"], \"source\": \"x\"}")]
    [InlineData("{\"question\": {\"0\": \"q1\", \"1\": \"q2\"}, \"answer\": {\"0\": 1, \"1\": 2}}")]
    [InlineData("{\"columns\": [\"question\", \"answer\"], \"index\": [0, 1], \"data\": [[\"q1\", 1], [\"q2\", 2]]}")]
    [InlineData("{\"schema\": {\"fields\": []}, \"data\": [ROW1, ROW2]}")]
    [InlineData("{\"data\": [ROW1]}\n{\"data\": [ROW2]}\n")]
    [InlineData("{\"train\": [ROW1], \"test\": [ROW2]}")]
    [InlineData("{\"first\": ROW1, \"second\": ROW2}")]
    [InlineData(
        "{\"messages\": [[{\"role\": \"user\", \"content\": \"q1\"}, {\"role\": \"assistant\", \"content\": \"1\"}], "
            + "[{\"role\": \"user\", \"content\": \"q2\"}, {\"role\": \"assistant\", \"content\": \"2\"}]]}"
    )]
    [InlineData(
        "[{\"role\": \"user\", \"content\": \"q1\"}, {\"role\": \"assistant\", \"content\": \"1\"}]\n[{\"role\": "
            + "\"user\", \"content\": \"q2\"}, {\"role\": \"assistant\", \"content\": \"2\"}]\n"
    )]
    public void Read_OtherLayouts_GivesBothRows(string text)
    {
        foreach (var name in (string[])["d.json", "d.jsonl"])
        {
            var (rows, _) = Read(
                name,
                text.Replace("ROW1", Row(1), StringComparison.Ordinal).Replace("ROW2", Row(2), StringComparison.Ordinal)
            );
            Assert.Equal(["1", "2"], rows.Select(r => r.Sample?.Answer));
            Assert.Equal(2, rows.Select(r => r.Sample!.Id).Distinct().Count());
        }
    }

    [Fact]
    public void Read_RowsUnderNamesOfSides_AreOnThoseSides()
    {
        var (rows, _) = Read("d.json", $"{{\"train\": [{Row(1)}], \"dev\": [{Row(2)}]}}");
        Assert.Equal(["train", "validation"], rows.Select(r => r.Sample!.Split));
    }

    [Fact]
    public void Read_RowsUnderIds_TakeThem()
    {
        var (rows, _) = Read(
            "d.json",
            "{\"a7\": {\"question\": \"q\", \"answer\": \"1\"}, \"a8\": {\"question\": \"q\", \"answer\": \"2\", \"id\": 5}}"
        );
        Assert.Equal(["a7", "5"], rows.Select(r => r.Sample!.Id));
    }

    [Theory]
    [InlineData("{\"question\": [\"a\", \"b\"], \"answer\": [\"1\"]}", "columns of different lengths: 'answer' has 1 entries, others 2")]
    [InlineData("{\"images\": [{\"id\": 1}], \"annotations\": [{\"bbox\": []}], \"categories\": []}", "COCO")]
    public void Read_ObjectThatHoldsNoRows_SaysWhy(string text, string reason)
    {
        var (rows, _) = Read("d.json", text);
        Assert.Contains(reason, Assert.Single(rows).Unusable!.Reason);
    }

    [Theory]
    [InlineData(
        "{\"data\": [ROW], \"version\": 2, \"extra\": [1, 2], \"more\": {\"a\": 1}}",
        "'extra' is next to the rows",
        "'more' is next to the rows"
    )]
    [InlineData("{\"info\": {\"year\": 2026}, \"data\": [ROW]}", "'info' is next to the rows")]
    [InlineData("[ROW][ROW, ROW]", "several arrays")]
    [InlineData("[ROW]\n[ROW, ROW]\n", "lists of rows")]
    public void Read_WhatIsNotRead_IsSaid(string text, params string[] expected)
    {
        var (_, notices) = Read("d.json", text.Replace("ROW", Row(1), StringComparison.Ordinal));
        foreach (var one in expected)
            Assert.Contains(notices, n => n.Contains(one, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("README.md", "[text](link) and so on\n")]
    [InlineData("notes", "{braces} of a text\n")]
    public void Open_TextThatBeginsWithABracket_IsNotData(string name, string text)
    {
        _folder.Write(name, text);
        var (rows, _) = Read("d.jsonl", Row(1));
        Assert.Single(rows);
    }

    private static string Row(int number) => $"{{\"question\": \"q{number}\", \"answer\": \"{number}\"}}";

    private (List<Row> Rows, IReadOnlyCollection<string> Notices) Read(string name, string text)
    {
        var path = _folder.Write(name, text);
        using var data = DataSet.Open(name.Length > 6 ? path : _folder.Path);
        List<Row> rows = [.. data.Read()];
        File.Delete(path);
        return (rows, data.Notices);
    }
}
