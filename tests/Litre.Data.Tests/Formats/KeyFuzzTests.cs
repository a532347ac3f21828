using Litre.Data.Formats;
using Litre.Data.Keys;
using Litre.Data.Samples;
using Litre.Data.Tests.Imaging;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Formats;

public sealed class KeyFuzzTests : IDisposable
{
    private const int Rows = 2000;

    private readonly TemporaryFolder _folder = new();
    private readonly EmbeddedImages _embedded = new(1 << 20);

    public KeyFuzzTests()
    {
        _folder.Write("a.png", TestImages.Encode(40, 30, SKEncodedImageFormat.Png));
        _folder.Write("b.png", TestImages.Encode(30, 40, SKEncodedImageFormat.Png));
    }

    public void Dispose()
    {
        _embedded.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Rows_Untouched_CanBeUsed()
    {
        for (var i = 0; i < RowDialects.Count; i++)
            Assert.Null(Parse(RowDialects.Row(i, i)).Unusable);
    }

    [Fact]
    public void Rows_WithOneKeyRenamedAddedOrMoved_NeverDifferWithoutALine()
    {
        var fuzz = new KeyFuzz(Parse, seed: 14);
        fuzz.Run(Rows);
        Assert.True(fuzz.Usable > Rows / 3, $"{fuzz.Usable} rows can be used");
        Assert.True(fuzz.Changed > Rows / 20, $"{fuzz.Changed} rows are learned otherwise");
        Assert.True(fuzz.Findings.Count == 0, string.Join('\n', fuzz.Findings.Take(20).Prepend($"{fuzz.Findings.Count} findings")));
    }

    [Theory]
    [InlineData("history")]
    [InlineData("system")]
    [InlineData("context")]
    public void Parser_DropsAKeySilently_IsCaught(string key)
    {
        var fuzz = new KeyFuzz(row => Parse(row.Where(p => p.Key != key).ToDictionary()), seed: 14);
        fuzz.Run(Rows / 5);
        Assert.Contains(fuzz.Findings, f => f.Contains($"the key {key} of a Row has no line"));
    }

    [Fact]
    public void Parser_SaysUsedOfWhatItDrops_IsCaught()
    {
        var fuzz = new KeyFuzz(
            row =>
                Parse(row.Where(p => p.Key != "input").ToDictionary()) is var read && row.ContainsKey("input")
                    ? read with
                    {
                        Keys = [.. read.Keys, new KeyUse(KeyLevel.Row, "input", KeyOutcome.Used, "text after the question")],
                    }
                    : read,
            seed: 14
        );
        fuzz.Run(Rows / 5);
        Assert.Contains(fuzz.Findings, f => f.Contains("input is said to be used"));
    }

    [Fact]
    public void Parser_SaysIgnoredOfWhatItUses_IsCaught()
    {
        var fuzz = new KeyFuzz(
            row =>
                Parse(row) is var read && read.Sample != null
                    ? read with
                    {
                        Keys = [.. read.Keys.Select(k => k.Key == "system" ? k with { Outcome = KeyOutcome.Ignored } : k)],
                    }
                    : read,
            seed: 14
        );
        fuzz.Run(Rows / 5);
        Assert.Contains(fuzz.Findings, f => f.Contains("system is said to be ignored"));
    }

    private Row Parse(Dictionary<string, object?> row) =>
        new RowParser(new MediaReader(new PathResolver(_folder.Path, null), _embedded), null).Parse(
            new RawRow(1, row),
            _folder.File("d.jsonl")
        );
}
