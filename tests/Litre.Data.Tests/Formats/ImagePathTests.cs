using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Data.Tests.Imaging;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Formats;

/// <summary>Which files the paths of rows mean.</summary>
public sealed class ImagePathTests : IDisposable
{
    private static readonly byte[] Png = TestImages.Encode(8, 8, SKEncodedImageFormat.Png);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_PathFoundWithoutItsFolders_DoesNotSteerLaterRows()
    {
        Write("images/1.png", "a/1.png", "b/1.png");
        var rows = Json(
            """{"image": "c/1.png", "question": "q", "answer": "x"}""",
            """{"image": "b/1.png", "question": "q", "answer": "x"}""",
            """{"image": "a/1.png", "question": "q", "answer": "x"}"""
        );
        Assert.Equal(["images/1.png", "b/1.png", "a/1.png"], rows.Select(r => Relative(Assert.Single(r.Sample!.Images))));
        Assert.Contains("without the leading folders of its path", Assert.Single(rows[0].Sample!.Warnings).Text);
        Assert.All(rows.Skip(1), r => Assert.Empty(r.Sample!.Warnings));
    }

    [Fact]
    public void Read_TwoPathsThatDifferInTheirFoldersAlone_AreNotOneFile()
    {
        Write("images/1.png");
        var rows = Json(
            """{"image": "a/1.png", "question": "q", "answer": "x"}""",
            """{"image": "a/1.png", "question": "r", "answer": "x"}""",
            """{"image": "b/1.png", "question": "q", "answer": "x"}"""
        );
        Assert.Equal([true, true, false], rows.Select(r => r.Sample != null));
        Assert.Contains("which another row names by a different path", rows[2].Unusable!.Reason);
    }

    [Theory]
    [InlineData("images/p0.png,images/p1.png")]
    [InlineData("images/p0.png, images/p1.png")]
    [InlineData("images/p0.png;images/p1.png")]
    [InlineData("images/p0.png|p1.png")]
    [InlineData("images/p0.png images/p1.png")]
    [InlineData("p0.png、p1.png")]
    public void Read_SeveralPathsInOneText_AreSeveralImages(string text)
    {
        Write("images/p0.png", "images/p1.png");
        var row = Assert.Single(Json($$"""{"image": "{{text}}", "question": "q", "answer": "x"}"""));
        Assert.Equal(["images/p0.png", "images/p1.png"], row.Sample!.Images.Select(Relative));
    }

    [Fact]
    public void Read_NameWithBlankAndComma_IsOneImage()
    {
        Write("images/drawing 1, front.png");
        Assert.Single(Assert.Single(Json("""{"image": "drawing 1, front.png", "question": "q", "answer": "x"}""")).Sample!.Images);
    }

    [Fact]
    public void Read_SeveralVideosInOneText_AreRefusedRatherThanTheLastTaken()
    {
        _folder.Write("b.mp4", [0]);
        var row = Assert.Single(Json("""{"video": "v/a.mp4,v/b.mp4", "question": "q", "answer": "x"}"""));
        Assert.Contains("several files in one string", row.Unusable!.Reason);
    }

    [Fact]
    public void Read_EmptyImageCellBelowAFilledOne_HasAWarning()
    {
        Write("p0.png");
        _folder.Write("t.csv", "图片,问题,答案\n,前言？,1\np0.png,长度？,12\n,宽度？,13\n"u8.ToArray());
        var rows = Rows();
        Assert.Equal([0, 1, 0], rows.Select(r => r.Sample!.Images.Count));
        Assert.Equal([0, 0, 1], rows.Select(r => r.Sample!.Warnings.Count));
        Assert.Contains("the image's cell is empty", rows[2].Sample!.Warnings[0].Text);
    }

    [Fact]
    public void Read_ImageInAnAnswer_HasAWarning()
    {
        Write("p.png");
        var row = Assert.Single(
            Json("""{"images": ["p.png"], "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a <image>"}]}""")
        );
        Assert.Contains("an answer contains an image", Assert.Single(row.Sample!.Warnings).Text);
    }

    [Fact]
    public void Open_FoldersDeeperThanTheSearch_AreSaid()
    {
        Directory.CreateDirectory(_folder.File("1/2/3/4/5"));
        foreach (var place in (string[])["", "1/2/3/4/", "1/2/3/4/5/"])
            _folder.Write(place + "r.jsonl", """{"question": "q", "answer": "x"}""");
        using var data = DataSet.Open(_folder.Path);
        Assert.Equal(2, data.Files.Count);
        Assert.Contains("1/2/3/4/5/ is more than 4 folders deep", Assert.Single(data.Notices));
    }

    [Theory]
    [InlineData("/", "next to the data file, in / or in /images/")]
    [InlineData("/nowhere/data/", "next to the data file, in data/ or in data/images/")]
    public void Resolve_FileThatDoesNotExist_NamesTheFoldersSearched(string folder, string searched)
    {
        var paths = new PathResolver(folder, imageRoot: null);
        var refused = Assert.Throws<RowException>(() => paths.Resolve("no-such-image.png", Path.Combine(folder, "rows.jsonl"), out _));
        Assert.EndsWith(searched, refused.Message);
    }

    private string Relative(ImageSource image) => Path.GetRelativePath(_folder.Path, image.Path!);

    private void Write(params string[] images)
    {
        foreach (var image in images)
            _folder.Write(image, Png);
    }

    private List<Row> Json(params string[] rows)
    {
        File.WriteAllLines(_folder.File("rows.jsonl"), rows);
        return Rows();
    }

    private List<Row> Rows()
    {
        using var data = DataSet.Open(_folder.Path);
        return [.. data.Read()];
    }
}
