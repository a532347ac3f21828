using System.Text.Json;
using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Tests.Imaging;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Formats;

public sealed class PlaceDialectTests
{
    [Theory]
    [InlineData("<image>")]
    [InlineData("<|vision_start|><|image_pad|><|vision_end|>")]
    [InlineData("<|vision_start|><|image_pad|><|image_pad|><|image_pad|><|vision_end|>")]
    [InlineData("<|image|>")]
    [InlineData("<image_1>")]
    [InlineData("<image 1>")]
    [InlineData("<|image_1|>")]
    [InlineData("[IMG]")]
    [InlineData("[IMG][IMG_BREAK][IMG][IMG_END]")]
    [InlineData("<ImageHere>")]
    [InlineData("<image_placeholder>")]
    [InlineData("<start_of_image>")]
    [InlineData("<image_soft_token>")]
    [InlineData("<img><IMG_CONTEXT><IMG_CONTEXT></img>")]
    [InlineData("(<image>./</image>)")]
    [InlineData("<image></image>")]
    [InlineData("<|begin_of_image|><|image|><|end_of_image|>")]
    [InlineData("<|media_start|>image<|media_content|><|media_pad|><|media_end|>")]
    [InlineData("<img>a.png</img>")]
    public void Read_PlaceInAnyDialect_IsThePlaceOfTheImage(string place)
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.png", TestImages.Encode(64, 48, SKEncodedImageFormat.Png));
        folder.Write("d.json", $$"""[{"image": "a.png", "question": {{JsonSerializer.Serialize($"Look {place} here")}}, "answer": "a"}]""");
        using var data = DataSet.Open(folder.Path);
        var row = data.Read().Single();
        Assert.True(row.Sample != null, row.Unusable?.ToString());
        var parts = row.Sample.Messages[0].Parts;
        Assert.Equal([ContentKind.Text, ContentKind.Image, ContentKind.Text], parts.Select(p => p.Kind));
        Assert.Equal(("Look", "here"), (parts[0].Text, parts[2].Text));
        Assert.Empty(row.Sample.Warnings);
    }
}
