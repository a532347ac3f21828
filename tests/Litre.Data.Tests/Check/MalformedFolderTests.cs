using System.Diagnostics;
using System.Text;
using Litre.Core;
using Litre.Data.Check;
using Litre.Data.Packing;
using Litre.Data.Tests.Imaging;
using Litre.Model.Families.Qwen3Vl;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Check;

/// <summary>Whole folders gone wrong: the check ends with a result or one line, soon and in little memory.</summary>
public sealed class MalformedFolderTests
{
    private static readonly SampleEncoder Encoder = SampleEncoder.Load(
        Qwen3VlFormat.Instance,
        DataAssets.At("tiny"),
        maximumPixels: 128 * 128
    );

    [Fact]
    public void Check_MutatedFolders_ListsWhatIsWrong()
    {
        var random = new Random(43);
        byte[][] images =
        [
            TestImages.Encode(60, 40, SKEncodedImageFormat.Png),
            TestImages.Encode(60, 40, SKEncodedImageFormat.Jpeg),
            TestImages.Encode(60, 40, SKEncodedImageFormat.Webp),
            PngFile.Write(10_000, 10_000, 8, 2, new byte[64]),
            [],
            "<!DOCTYPE html>"u8.ToArray(),
            PngFile.Write(0, 5, 8, 2, []),
            PngFile.Write(1, 3000, 8, 0, new byte[3000]),
        ];
        string[] paths =
        [
            "0",
            "1",
            "2",
            "3",
            "4",
            "5",
            "6",
            "7",
            "gone",
            "../0",
            "/etc/passwd",
            "/",
            "",
            "link",
            "loop",
            "images",
            "\\u0000",
            "file:///etc/hosts",
        ];
        for (var round = 0; round < 120; round++)
        {
            using var folder = new TemporaryFolder();
            for (var i = 0; i < images.Length; i++)
                folder.Write($"images/{i}", images[i]);
            File.CreateSymbolicLink(folder.File("images/link"), folder.File("images/0"));
            File.CreateSymbolicLink(folder.File("images/loop"), folder.File("images/loop"));
            var text = new StringBuilder();
            for (var row = 0; row < 12; row++)
                text.Append(
                    $"{{\"id\": {row}, \"image\": \"{paths[random.Next(paths.Length)]}\", \"question\": \"q\", \"answer\": \"a\"}}\n"
                );
            var bytes = Encoding.UTF8.GetBytes(text.ToString());
            for (var k = round % 4; k > 0; k--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            folder.Write("data.jsonl", bytes);
            Survives(folder.Path);
        }
    }

    [Fact]
    public void Check_PipesAsDataAndImage_DoesNotWait()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["pipe.json", "pipe.png"])
        {
            using var process = Process.Start("mkfifo", folder.File(name));
            process.WaitForExit();
        }
        folder.Write("d.jsonl", """{"question": "q", "answer": "a", "image": "pipe.png"}""");
        Survives(folder.Path);
    }

    [Fact]
    public void Check_HundredMegapixelsDeclared_AllocatesLittle()
    {
        using var folder = new TemporaryFolder();
        folder.Write("bomb.png", PngFile.Write(12_000, 9_000, 8, 2, new byte[1000]));
        folder.Write("d.jsonl", """{"question": "q", "answer": "a", "image": "bomb.png"}""");
        var unusable = Assert.Single(
            DataChecker
                .Check(folder.Path, new DataCheckOptions { Encoder = Encoder, Workers = 1 }, TestContext.Current.CancellationToken)
                .Unusable
        );
        Assert.Contains("12000x9000", unusable.Reason);
        Assert.Equal(1, unusable.Origin.Line);
    }

    private static void Survives(string path)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var result = DataChecker.Check(path, new DataCheckOptions { Encoder = Encoder }, TestContext.Current.CancellationToken);
            Assert.All(
                result.Unusable,
                u => Assert.True(u.Reason.Length > 0 && u.Remedy.Length > 0 && !u.Reason.Contains('\n') && u.Origin.Line > 0)
            );
            Assert.NotEmpty(result.ToJson());
        }
        catch (InputException e)
        {
            Assert.DoesNotContain('\n', e.Message);
        }
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed} for {path}");
    }
}
