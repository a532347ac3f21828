using Litre.Data.Imaging;
using Litre.Synthesis.Sheets;
using Shared;

namespace Litre.Synthesis.Tests;

/// <summary>Images whose answers were read by eye (assets/synthesis/README.md) are still what is made.</summary>
public sealed class HandCheckedTests
{
    // Other processors may round the smoothing of an edge otherwise; a text that moved or changed differs far more.
    private const double LargestMeanDifference = 0.5;

    [Theory]
    [InlineData(SyntheticImageKind.Drawings, "iso", 3)]
    [InlineData(SyntheticImageKind.Drawings, "din", 3)]
    [InlineData(SyntheticImageKind.Drawings, "plain", 3)]
    [InlineData(SyntheticImageKind.Drawings, "varied", 3)]
    [InlineData(SyntheticImageKind.Drawings, "company", 3)]
    [InlineData(SyntheticImageKind.Charts, "classic", 3)]
    [InlineData(SyntheticImageKind.Charts, "grid", 3)]
    [InlineData(SyntheticImageKind.Charts, "report", 2)]
    [InlineData(SyntheticImageKind.Drawings, "gb", 1, "gb-drawings")]
    [InlineData(SyntheticImageKind.Charts, "gb", 1, "gb-charts")]
    public void Make_SeedsOfTheSet_GivesItsQuestionsAnswersAndImages(SyntheticImageKind kind, string style, int images, string? set = null)
    {
        using var folder = new TemporaryFolder();
        var made = folder.File("made");
        DataSetGenerator.Generate(
            new SynthesisOptions
            {
                Kind = kind,
                Output = made,
                Style = style,
                Seed = 1,
                Train = 0,
                Validation = 0,
                Test = images,
                Questions = 12,
                Language = QuestionLanguage.Both,
            },
            TestContext.Current.CancellationToken
        );
        var kept = Path.Combine(Repository.Root, "tests", "Litre.Synthesis.Tests", "assets", set ?? style);
        Assert.Equal(File.ReadLines(Path.Combine(kept, "test.jsonl")), File.ReadLines(Path.Combine(made, "test.jsonl")));
        var files = Directory.GetFiles(Path.Combine(kept, "images"));
        Assert.Equal(images, files.Length);
        Assert.All(
            files,
            file => Assert.InRange(Difference(file, Path.Combine(made, "images", Path.GetFileName(file))), 0, LargestMeanDifference)
        );
    }

    private static double Difference(string kept, string made)
    {
        using var a = ImageDecoder.Decode(kept, File.ReadAllBytes(kept), ImageLimits.Default);
        using var b = ImageDecoder.Decode(made, File.ReadAllBytes(made), ImageLimits.Default);
        Assert.Equal((a.Width, a.Height), (b.Width, b.Height));
        var sum = 0L;
        for (var i = 0; i < a.Pixels.Length; i++)
            sum += Math.Abs(a.Pixels[i] - b.Pixels[i]);
        return sum / (double)a.Pixels.Length;
    }
}
