using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Data.Tests.Imaging;
using Litre.Data.Tiles;
using Litre.Model.Families.Qwen3Vl;
using SkiaSharp;

namespace Litre.Data.Tests.Tiles;

/// <summary>A page of 400x200 in tiles of 128 (three columns of four, two rows).</summary>
public class TiledSampleTests
{
    private const string Boxes = """[{"bbox_2d": [10, 20, 100, 200], "label": "a"}, {"bbox_2d": [900, 900, 990, 990], "label": "b"}]""";

    private static readonly Tiling Tiling = Tiling.Parse("128+32")!;

    private static readonly ImageSource Page = ImageSource.FromBytes("page.png", TestImages.Encode(400, 200, SKEncodedImageFormat.Png));

    [Fact]
    public void Of_LargePage_IsItsTilesInReadingOrderBehindLinesThatSayWhere()
    {
        var tiled = TiledSample.Of(Sample("What is the scale?", "1:10"), Tiling, ImageLimits.Default);
        var text = string.Concat(
            tiled.Messages[0].Parts.Select(p => p.Kind == ContentKind.Image ? $"<{tiled.Images[p.Index].Name}>" : p.Text)
        );
        Assert.Equal(
            """
            Whole page:
            <page.png (whole page)>
            Tile 1 of 8, x 0-320, y 0-640:
            <page.png (tile 1 of 8)>
            Tile 2 of 8, x 225-545, y 0-640:
            <page.png (tile 2 of 8)>
            Tile 3 of 8, x 453-773, y 0-640:
            <page.png (tile 3 of 8)>
            Tile 4 of 8, x 680-1000, y 0-640:
            <page.png (tile 4 of 8)>
            Tile 5 of 8, x 0-320, y 360-1000:
            <page.png (tile 5 of 8)>
            Tile 6 of 8, x 225-545, y 360-1000:
            <page.png (tile 6 of 8)>
            Tile 7 of 8, x 453-773, y 360-1000:
            <page.png (tile 7 of 8)>
            Tile 8 of 8, x 680-1000, y 360-1000:
            <page.png (tile 8 of 8)>
            What is the scale?
            """,
            text,
            ignoreLineEndingDifferences: true
        );
        Assert.Equal("1:10", tiled.Answer);
    }

    [Fact]
    public void Of_SmallImage_StaysAsItIs()
    {
        var sample = Sample("q", "a") with
        {
            Images = [ImageSource.FromBytes("small.png", TestImages.Encode(128, 100, SKEncodedImageFormat.Png))],
        };
        Assert.Same(sample, TiledSample.Of(sample, Tiling, ImageLimits.Default));
    }

    [Fact]
    public void Of_TwoImagesOneOfThemLarge_OnlyThatOneIsCut()
    {
        var sample = Sample("q", "a") with
        {
            Images = [ImageSource.FromBytes("small.png", TestImages.Encode(100, 100, SKEncodedImageFormat.Png)), Page],
            Messages =
            [
                Message.Of(Role.User, ContentPart.OfImage(1), ContentPart.OfText("and"), ContentPart.OfImage(0), ContentPart.OfText("q")),
                Message.Of(Role.Assistant, "a"),
            ],
        };
        var tiled = TiledSample.Of(sample, Tiling.Parse("128+32,no-page")!, ImageLimits.Default);
        Assert.Equal(9, tiled.Images.Count);
        Assert.Equal(["small.png"], tiled.Images.Where(i => i.View is null).Select(i => i.Name));
        Assert.Equal("small.png", tiled.Images[tiled.Messages[0].Parts.Last(p => p.Kind == ContentKind.Image).Index].Name);
    }

    [Fact]
    public void Encode_TiledPage_HasTheTilesTokensAndTheirPixels()
    {
        var plain = SampleEncoder.Load(Qwen3VlFormat.Instance, DataAssets.At("tiny"), minimumPixels: 1024);
        var encoder = plain.With(Tiling);
        var tokens = encoder.Encode(Sample("q", "a"));
        Assert.Equal(9, tokens.Visuals.Count);
        Assert.All(tokens.Visuals.Skip(1), v => Assert.Equal(4 * 4, v.Grid.Tokens(2)));
        Assert.InRange(tokens.Visuals[0].Grid.Tokens(2), 1, 4 * 4); // the whole page in no more tokens than a tile
        Assert.Equal(9, tokens.Visuals.Select(v => v.Key).Distinct().Count());
        Assert.Equal(9, tokens.Visuals.Select(v => v.ContentKey(encoder.Processor!.Options, encoder.Limits)).Distinct().Count());

        var columns = encoder.Processor!.Options.PatchValues;
        var values = new byte[tokens.Patches * columns];
        encoder.LoadPixels(tokens.Visuals, values);
        // The last tile by itself: the page's lower right corner.
        using var page = ImageDecoder.Decode(Page, ImageLimits.Default);
        using var corner = ImageDecoder.Decode(Page.Part("corner", (400, 200), new ImageRegion(272, 72, 128, 128)), ImageLimits.Default);
        Assert.Equal(page.Pixels.Slice((72 * 400 + 272) * 4, 4 * 4).ToArray(), corner.Pixels[..16].ToArray());
        var expected = new byte[tokens.Visuals[^1].Grid.Patches * columns];
        encoder.Processor.Process(corner, tokens.Visuals[^1].Grid, expected);
        Assert.Equal(expected, values[^expected.Length..]);
        Assert.NotEqual(plain.Encode(Sample("q", "a")).InputIds, tokens.InputIds);
    }

    [Fact]
    public void Encode_PromptOfTiledPage_BeginsLikeTheSample()
    {
        var encoder = SampleEncoder.Load(Qwen3VlFormat.Instance, DataAssets.At("tiny"), tiling: Tiling);
        var (whole, prompt) = (encoder.Encode(Sample("q", "a")), encoder.EncodePrompt(Sample("q", "a")));
        Assert.Equal(whole.InputIds[..prompt.Length], prompt.InputIds);
        Assert.Equal(whole.Visuals.Select(v => v.Key), prompt.Visuals.Select(v => v.Key));
    }

    [Fact]
    public void Load_TileLargerThanTheProcessorShows_IsRefused() =>
        Assert.Contains(
            "raise `max-pixels` or choose smaller tiles",
            Assert
                .Throws<InputException>(() =>
                    SampleEncoder.Load(Qwen3VlFormat.Instance, DataAssets.At("tiny"), maximumPixels: 100 * 100, tiling: Tiling)
                )
                .Message
        );

    [Fact]
    public void LoadPixels_PageChangedSince_IsRefused()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("litre-tiles-").FullName, "page.png");
        File.WriteAllBytes(path, TestImages.Encode(400, 200, SKEncodedImageFormat.Png));
        var encoder = SampleEncoder.Load(Qwen3VlFormat.Instance, DataAssets.At("tiny"), tiling: Tiling);
        var tokens = encoder.Encode(Sample("q", "a") with { Images = [ImageSource.FromFile(path)] });
        File.WriteAllBytes(path, TestImages.Encode(410, 200, SKEncodedImageFormat.Png));
        var message = Assert.Throws<InputException>(() => encoder.LoadPixels(tokens.Visuals, new byte[tokens.Patches * 1536])).Message;
        Assert.Contains("410x200 pixels, expected 400x200", message);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void ToLearn_Boxes_EachIsInTheTilesThatHoldItAndEmptyTilesAreFew()
    {
        var tiles = TileSamples.ForTraining(Sample("Where are they?", Boxes), Tiling, ImageLimits.Default)!;
        Assert.Equal(
            ["[]", "[]", """[{"bbox_2d": [31, 31, 313, 313], "label": "a"}]""", """[{"bbox_2d": [688, 844, 969, 984], "label": "b"}]"""],
            tiles.Select(t => t.Answer).OrderBy(a => a.Length).ThenBy(a => a, StringComparer.Ordinal)
        );
        Assert.All(tiles, t => Assert.Equal(1, t.Messages[0].Parts.Count(p => p.Kind == ContentKind.Image)));
        Assert.Equal(
            tiles.Select(t => t.Id),
            TileSamples.ForTraining(Sample("Where are they?", Boxes), Tiling, ImageLimits.Default)!.Select(t => t.Id)
        );
    }

    [Fact]
    public void ToLearn_BoxThatNoTileHolds_IsInTheOneThatHoldsMostAndEndsAtItsEdge()
    {
        var tiles = TileSamples.ForTraining(Sample("q", """[{"bbox_2d": [0, 0, 500, 600], "label": "a"}]"""), Tiling, ImageLimits.Default)!;
        Assert.Equal("""[{"bbox_2d": [0, 0, 1000, 938], "label": "a"}]""", Assert.Single(tiles, t => t.Answer != "[]").Answer);
    }

    [Theory]
    [InlineData("What is the scale?", "1:10")]
    [InlineData("""What is in {"bbox_2d": [1, 2, 3, 4]}?""", "[]")]
    public void ToLearn_NotBoxesOfThePage_IsNull(string question, string answer) =>
        Assert.Null(TileSamples.ForTraining(Sample(question, answer), Tiling, ImageLimits.Default));

    [Fact]
    public void Encode_TileAnswers_HasAPartForEachTileAndKeepsTheRow()
    {
        var encoder = SampleEncoder.Load(Qwen3VlFormat.Instance, DataAssets.At("tiny"), tiling: Tiling with { Answers = TileAnswers.Tile });
        var row = Sample("Where?", Boxes);
        var tokens = encoder.Encode(row);
        Assert.Same(row, tokens.Sample);
        Assert.Equal(4, tokens.TileSamples.Count);
        Assert.Equal(tokens.TileSamples.Max(p => p.Length), tokens.Length);
        Assert.Empty(encoder.Encode(Sample("What is the scale?", "1:10")).TileSamples);
    }

    [Fact]
    public void ToAsk_AnswersOfTiles_AreJoinedOnThePagesScale()
    {
        var asked = TileSamples.ForQuestions(Sample("Where?", Boxes), Tiling, ImageLimits.Default)!;
        Assert.Equal(8, asked.Samples.Count);
        Assert.Equal(Boxes, asked.Join([.. asked.Samples.Select(s => s.Answer)]));
    }

    private static Sample Sample(string question, string answer) =>
        new()
        {
            Id = "row",
            Origin = new SampleOrigin("d.jsonl", 1),
            Source = "d",
            Messages = [Message.Of(Role.User, ContentPart.OfImage(0), ContentPart.OfText(question)), Message.Of(Role.Assistant, answer)],
            Images = [Page],
            References = [answer],
        };
}
