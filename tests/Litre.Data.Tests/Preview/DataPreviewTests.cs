using System.Text.RegularExpressions;
using Litre.Core;
using Litre.Data.Packing;
using Litre.Data.Preview;
using Litre.Data.Tests.Imaging;
using Litre.Model.Families.Qwen3Vl;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Preview;

public sealed class DataPreviewTests
{
    private static readonly SampleEncoder Encoder = SampleEncoder.Load(
        Qwen3VlFormat.Instance,
        DataAssets.At("tiny"),
        maximumPixels: 128 * 128
    );

    [Fact]
    public void Write_MixedData_ShowsEverythingAndLoadsNothing()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.png", TestImages.Encode(2000, 1000, SKEncodedImageFormat.Png));
        folder.Write(
            "d.jsonl",
            """{"id": "x1", "image": "a.png", "question": "Where <script>alert(1)</script>?","""
                + """ "answer": "[{\"bbox_2d\": [100, 200.5, 300, 400], \"label\": \"<tofu>\"}]"}"""
                + "\n"
                + """
                {"id": "x2", "question": "Say 你好", "answer": "豆腐😀"}
                {"id": "x3", "question": "broken"}
                """
        );
        var page = folder.File("out/page.html");
        DataPreview.Write(folder.Path, page, new PreviewOptions { Encoder = Encoder });
        var html = File.ReadAllText(page);
        Assert.Contains("<rect x=\"100\" y=\"200.5\" width=\"200\" height=\"199.5\"/>", html);
        Assert.Contains("&lt;tofu&gt;</span>", html);
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("http:", html);
        Assert.DoesNotContain("https:", html);
        Assert.Contains("2000×1000", html);
        Assert.Contains("d.jsonl:3", html);
        Assert.Contains("default-src 'none'", html);
        // Joined, the highlighted tokens are the answer and its end.
        var answers = html.Split("class=\"turn assistant\"")[2];
        var tokens = Regex
            .Matches(answers.Split("</article>")[0], "<span class=\"(?:t[01]|special)\"[^>]*>([^<]*)</span>")
            .Select(m => m.Groups[1].Value);
        Assert.Equal("豆腐😀<|im_end|>", System.Net.WebUtility.HtmlDecode(string.Concat(tokens)));
        Assert.True(new FileInfo(page).Length < 300_000, "the image was not made smaller");
        Assert.Equal([page], Directory.GetFiles(folder.File("out")));
    }

    [Fact]
    public void Write_ManyRows_DrawsTheSameOnesForOneSeed()
    {
        using var folder = new TemporaryFolder();
        folder.Write(
            "d.jsonl",
            string.Join('\n', Enumerable.Range(0, 500).Select(i => $"{{\"id\": \"row{i}\", \"question\": \"q\", \"answer\": \"a\"}}"))
        );
        Assert.Equal(Ids(1), Ids(1));
        Assert.NotEqual(Ids(1), Ids(2));
        Assert.Equal(10, Ids(1).Count);
        Assert.True(Ids(3).Count(i => i >= 250) is > 0 and < 10);

        List<int> Ids(ulong seed)
        {
            DataPreview.Write(folder.File("d.jsonl"), folder.File("p.html"), new PreviewOptions { Samples = 10, Seed = seed });
            return
            [
                .. Regex.Matches(File.ReadAllText(folder.File("p.html")), "<b>row(\\d+)</b>").Select(m => int.Parse(m.Groups[1].Value)),
            ];
        }
    }

    [Fact]
    public void Write_TextThatNamesASetting_IsWordedByTheCaller()
    {
        using var folder = new TemporaryFolder();
        folder.Write("d.jsonl", """{"text": "plain"}""");
        var wording = (string text) => SettingName.Render(text, name => name == "text-rows", (name, _) => $"<{name}>");
        DataPreview.Write(folder.Path, folder.File("p.html"), new PreviewOptions { Wording = wording });
        Assert.Contains("add &lt;text-rows&gt; to train", File.ReadAllText(folder.File("p.html")));
    }

    [Fact]
    public void Write_PlaceThatCannotBeWritten_IsOneLine()
    {
        using var folder = new TemporaryFolder();
        folder.Write("d.jsonl", """{"question": "q", "answer": "a"}""");
        var e = Assert.Throws<InputException>(() => DataPreview.Write(folder.Path, "/proc/nowhere/p.html"));
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("no boxes", 0)]
    [InlineData("{\"bbox_2d\": [1, 2, 3, 4]}", 1)]
    [InlineData("```json\n[{\"label\": \"a\", \"bbox_2d\":[1,2,3,4]}, {\"bbox_2d\": [5, 6, 7, 8], \"label\": \"b\"}]\n```", 2)]
    [InlineData("{\"bbox_2d\": [1, 2, 3]}", 0)]
    [InlineData("{\"bbox_2d\": [1.2.3, 2, 3, 4]}", 0)]
    public void Find_Answers_GivesTheirBoxes(string answer, int count) => Assert.Equal(count, BoundingBox.Find(answer).Count);
}
