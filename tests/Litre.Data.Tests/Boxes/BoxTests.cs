using Litre.Data.Boxes;
using Litre.Data.Formats;
using Litre.Data.Samples;
using Litre.Data.Tests.Imaging;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Boxes;

public sealed class BoxTests
{
    private static readonly byte[] Large = TestImages.Encode(1920, 1080, SKEncodedImageFormat.Png);

    [Theory]
    [InlineData(
        """```json\n[{\"bbox_2d\": [1100, 400, 1820, 990], \"label\": \"red box\"}]\n```""",
        """```json\n[{"bbox_2d": [573, 370, 948, 917], "label": "red box"}]\n```"""
    )]
    [InlineData("""{\"point_2d\": [960, 540]}, {\"point_2d\":[0,1080]}""", """{"point_2d": [500, 500]}, {"point_2d":[0,1000]}""")]
    [InlineData("<|box_start|>(960,540),(192,108)<|box_end|>", "<|box_start|>(100,100),(500,500)<|box_end|>")]
    [InlineData("the <box>(0, 0), (1920, 1080)</box> 1820", "the <box>(0, 0), (1000, 1000)</box> 1820")]
    [InlineData("[192, 108, 960, 540]", "[100, 100, 500, 500]")]
    [InlineData("""{\"bboxes\": [[192, 108, 960, 540], [0, 0, 96.0, 54.5]]}""", """{"bboxes": [[100, 100, 500, 500], [0, 0, 50, 50]]}""")]
    [InlineData("""{\"action\": \"click\", \"coordinate\": [960, 540]}""", """{"action": "click", "coordinate": [500, 500]}""")]
    [InlineData("""{\"price\": [1820, 12]}""", """{"price": [1820, 12]}""")]
    public void Read_BoxesInPixels_BecomeTheModelsScale(string answer, string expected)
    {
        var row = Read($$"""{"image": "a.png", "question": "q", "answer": "{{answer}}"}""", BoxScale.Pixels);
        Assert.Equal(expected.Replace("\\n", "\n"), row.Sample!.Answer);
        Assert.Equal(row.Sample.Answer, row.Sample.References[0]);
        Assert.Empty(row.Sample.Warnings);
    }

    [Fact]
    public void Read_BoxesInShares_BecomeTheModelsScale()
    {
        var row = Read("""{"question": "q", "answer": "{\"bbox_2d\": [0.1, 0.25, 0.5, 1.0]} <box>(0.5,0.5)</box>"}""", BoxScale.Fractions);
        Assert.Equal("""{"bbox_2d": [100, 250, 500, 1000]} <box>(500,500)</box>""", row.Sample!.Answer);
    }

    [Theory]
    [InlineData(
        """{"image": "a.png", "question": "q", "answer": "{\"bbox_2d\": [1100, 400, 1930, 990]}"}""",
        BoxScale.Pixels,
        "beyond the image's 1920x1080 pixels"
    )]
    [InlineData(
        """{"images": ["a.png", "b.png"], "question": "q", "answer": "{\"bbox_2d\": [1, 2, 3, 4]}"}""",
        BoxScale.Pixels,
        "2 images of different sizes (1920x1080, 64x48)"
    )]
    [InlineData("""{"question": "q", "answer": "{\"bbox_2d\": [1, 2, 3, 4]}"}""", BoxScale.Pixels, "no image that they could refer to")]
    [InlineData(
        """{"image": "a.png", "question": "q", "answer": "{\"bbox_2d\": [10, 20, 30, 40]}"}""",
        BoxScale.Fractions,
        "not a fraction from 0 to 1"
    )]
    public void Read_BoxesThatAreNotOnTheScaleSaid_AreRefusedByName(string row, BoxScale scale, string reason) =>
        Assert.Contains(reason, Read(row, scale).Unusable!.Reason);

    [Theory]
    [InlineData("""{\"bbox_2d\": [1100, 400, 1820, 990]}""", "`boxes pixels`")]
    [InlineData("""{\"point_2d\": [1100, 400]}""", "`boxes pixels`")]
    [InlineData("<|box_start|>(1100,400),(1820,990)<|box_end|>", "`boxes pixels`")]
    [InlineData("""{\"bbox_2d\": [0.1, 0.2, 0.5, 1]}""", "`boxes fractions`")]
    [InlineData("""{\"bbox_2d\": [500, 100, 400, 200]}""", "corners in order")]
    [InlineData("""{\"bbox_2d\": [-5, 100, 400, 200]}""", "negative")]
    public void Read_BoxesThatLookLikeAnotherScale_AreUsedWithAWarning(string answer, string said)
    {
        var sample = Read($$"""{"image": "a.png", "question": "q", "answer": "{{answer}}"}""", BoxScale.Thousandths).Sample!;
        Assert.Contains(said, sample.Warnings.Single().Text);
        Assert.Equal(answer.Replace("\\\"", "\""), sample.Answer);
    }

    [Theory]
    [InlineData("""{\"bbox_2d\": [0, 0, 1000, 1000]}""")]
    [InlineData("in 1820 there were [1, 2, 3, 4]")]
    [InlineData("""{\"points\": [[1820, 12]]}""")]
    public void Read_BoxesOfTheModelsScale_AreLeftInPeace(string answer) =>
        Assert.Empty(Read($$"""{"image": "a.png", "question": "q", "answer": "{{answer}}"}""", BoxScale.Thousandths).Sample!.Warnings);

    private static Row Read(string row, BoxScale scale)
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.png", Large);
        folder.Write("b.png", TestImages.Encode(64, 48, SKEncodedImageFormat.Png));
        folder.Write("d.json", $"[{row}]");
        using var data = DataSet.Open(folder.Path, DataSetOptions.Default with { Boxes = scale });
        return data.Read().Single();
    }
}
