using Litre.Data.Formats;
using Litre.Data.Samples;
using Litre.Data.Tests.Imaging;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Formats;

/// <summary>ms-swift's rows whose names and boxes are in <c>objects</c>.</summary>
public sealed class ObjectsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ObjectsTests()
    {
        _folder.Write("a.png", TestImages.Encode(128, 96, SKEncodedImageFormat.Png));
        _folder.Write("b.png", TestImages.Encode(50, 200, SKEncodedImageFormat.Png));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        "<image>Mark <ref-object>.",
        """[{\"bbox_2d\": <bbox>, \"label\": \"<ref-object>\"}]""",
        """{"ref": ["valve", "valve"], "bbox": [[6.4, 4.8, 32, 24]]}""",
        "Mark valve.",
        """[{"bbox_2d": [50, 50, 250, 250], "label": "valve"}]"""
    )]
    [InlineData("<image>Press.", "tap(<bbox>)", """{"ref": [], "bbox": [[64, 48]]}""", "Press.", "tap([500, 500])")]
    [InlineData(
        "<image>?",
        "<ref-object> at <bbox>, <ref-object> at <bbox>",
        """{"ref": ["pump", "tank"], "bbox": [[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.9, 1]], "bbox_type": "norm1"}""",
        "?",
        "pump at [100, 200, 300, 400], tank at [500, 500, 900, 1000]"
    )]
    [InlineData("<image>?", "<bbox>", """{"ref": [], "bbox": [[1, 2, 30, 400]], "bbox_type": "norm1000"}""", "?", "[1, 2, 30, 400]")]
    [InlineData(
        "<image>?",
        "<bbox>",
        """{"ref": [], "bbox": [[10, 10, 20, 20]], "width": 100, "height": 200}""",
        "?",
        "[100, 50, 200, 100]"
    )]
    [InlineData(
        "<image>Mark <ref-object>",
        "<bbox>",
        """" "[{\"caption\": \"tank\", \"bbox\": [32, 24, 64, 96], \"bbox_type\": \"real\", \"image\": 0}]" """",
        "Mark tank",
        "[250, 250, 500, 1000]"
    )]
    public void Places_OnAnyScale_AreFilledOnAScaleOfAThousand(
        string question,
        string answer,
        string objects,
        string asked,
        string answered
    )
    {
        var sample = Read(question, answer, objects).Sample!;
        Assert.Equal((asked, answered), (sample.Messages[0].Text, sample.Answer));
        Assert.Equal([answered], sample.References);
    }

    [Fact]
    public void Boxes_OfSeveralImages_AreScaledByTheirOwn()
    {
        var sample = Read(
            "<image><image>?",
            "<bbox><bbox>",
            """{"ref": [], "bbox": [[25, 20, 50, 100], [64, 48, 128, 96]], "image_id": [1, 0]}""",
            "\"a.png\", \"b.png\""
        ).Sample!;
        Assert.Equal("[500, 100, 1000, 500][500, 500, 1000, 1000]", sample.Answer);
    }

    [Theory]
    [InlineData("<bbox><bbox>", """{"ref": [], "bbox": [[1, 2, 3, 4]]}""", "2 <bbox> placeholders, but objects give 0 names and 1 boxes")]
    [InlineData("<bbox>", """{"ref": ["x"], "bbox": [[1, 2, 3, 4]]}""", "0 <ref-object>")]
    [InlineData("<bbox>", "null", "no 'objects' to fill them")]
    [InlineData("<bbox>", """{"ref": [], "bbox": [[1, 2, 300, 4]]}""", "outside its image")]
    [InlineData("<bbox>", """{"ref": [], "bbox": [[1, 2, 3, 4]], "bbox_type": "norm1"}""", "outside its image")]
    [InlineData("<bbox>", """{"ref": [], "bbox": [[1, 2, 3, 4]], "bbox_type": "xywh"}""", "bbox_type 'xywh'")]
    [InlineData("<bbox>", """{"ref": [], "bbox": [[1, 2, 3]]}""", "does not have 4 numbers")]
    [InlineData("<bbox>", """{"ref": [], "bbox": [[1, 2, 3, 4]], "image_id": [1]}""", "objects name image 1, but 1 image is given")]
    public void Places_ThatDoNotMatch_RefuseTheRow(string answer, string objects, string reason) =>
        Assert.Contains(reason, Read("<image>?", answer, objects).Unusable?.Reason);

    private Row Read(string question, string answer, string objects, string images = "\"a.png\"")
    {
        _folder.Write(
            "d.jsonl",
            $$"""{"messages": [{"role": "user", "content": "{{question}}"}, {"role": "assistant", "content": "{{answer}}"}],"""
                + $$""" "images": [{{images}}], "objects": {{objects}}}"""
                + "\n"
        );
        using var data = DataSet.Open(_folder.Path);
        return Assert.Single(data.Read());
    }
}
