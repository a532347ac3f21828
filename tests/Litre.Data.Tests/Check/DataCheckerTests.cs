using System.Text.Json;
using Litre.Data.Check;
using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Data.Splits;
using Litre.Data.Tests.Imaging;
using Litre.Model.Families.Qwen3Vl;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Check;

public sealed class DataCheckerTests : IDisposable
{
    private static readonly SampleEncoder Encoder = SampleEncoder.Load(
        Qwen3VlFormat.Instance,
        DataAssets.At("tiny"),
        maximumPixels: 128 * 128
    );

    private readonly TemporaryFolder _folder = new();

    public DataCheckerTests()
    {
        _folder.Write("images/a.png", TestImages.Encode(200, 100, SKEncodedImageFormat.Png));
        _folder.Write("images/a_again.png", TestImages.Encode(200, 100, SKEncodedImageFormat.Png));
        _folder.Write("images/b.png", TestImages.Encode(100, 200, SKEncodedImageFormat.Png));
        _folder.Write("images/cut.png", TestImages.Encode(100, 200, SKEncodedImageFormat.Png)[..200]);
        _folder.Write("images/empty.png", []);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Check_CleanData_CountsWhatTrainingWillSee()
    {
        Write("d.jsonl", Row("1", "a.png", "q", "yes"), Row("2", "b.png", "q", "no"), Row("3", "a.png", "other", "yes"));
        var result = Check();
        Assert.True(result.IsClean);
        Assert.Equal((3, 2, 3), (result.Samples, result.DistinctImages, result.ImageReferences));
        Assert.Equal(3, result.Splits["train"] + result.Splits["validation"]);
        Assert.True(result.Splits["validation"] > 0);
        using var data = DataSet.Open(_folder.Path);
        var tokens = data.Read().Select(r => Encoder.Encode(r.Sample!)).ToList();
        Assert.Equal(tokens.Sum(t => t.Length), result.Tokens!.Total);
        Assert.Equal(tokens.Sum(t => t.VisualTokens), result.Tokens.Visual);
        Assert.Equal(tokens.Sum(t => t.AnswerTokens), result.Tokens.Answer);
        Assert.Equal(tokens.Max(t => t.Length), result.Tokens.Longest);
        Assert.Equal(3, result.Tokens.Histogram.Sum(b => b.Samples));
        Assert.Contains(result.Tokens.Histogram, b => b.From <= result.Tokens.Longest && result.Tokens.Longest <= b.To);
    }

    [Fact]
    public void Check_DamagedImages_AreListedWithLineReasonAndRemedy()
    {
        Write(
            "d.jsonl",
            Row("1", "a.png", "q", "yes"),
            Row("2", "cut.png", "q", "no"),
            Row("3", "empty.png", "q", "no"),
            Row("4", "gone.png", "q", "no")
        );
        var result = Check();
        Assert.Equal([2, 3, 4], result.Unusable.Select(u => u.Origin.Line));
        Assert.Equal(
            ["truncated", "0 bytes", "no file"],
            result.Unusable.Select(u => ((string[])["truncated", "0 bytes", "no file"]).First(u.Reason.Contains))
        );
        Assert.All(result.Unusable, u => Assert.Equal(UnusableKind.Media, u.Kind));
        Assert.All(result.Unusable, u => Assert.NotEmpty(u.Remedy));
        Assert.Equal((1, 3), (result.Files[0].Usable, result.Files[0].Unusable));
    }

    [Fact]
    public void Check_PlaceholderMismatch_IsCounted()
    {
        Write("d.jsonl", Row("1", "a.png", "q", "yes"), Row("2", "a.png", "<image> <image> q", "no"));
        Assert.Equal(1, Check().PlaceholderMismatches);
    }

    [Fact]
    public void Check_DuplicatesAndContradictions_AreFoundByContent()
    {
        Write(
            "d.jsonl",
            Row("1", "a.png", "q", "yes"),
            Row("2", "a_again.png", "q", "yes"),
            Row("1", "b.png", "q", "yes"),
            Row("4", "a.png", "q", "no")
        );
        var result = Check();
        Assert.Equal([1L, 3L], Assert.Single(result.DuplicateIds).Rows.Select(r => r.Line));
        Assert.Equal([1L, 2L], Assert.Single(result.Duplicates).Rows.Select(r => r.Line));
        Assert.Equal([1L, 2L, 4L], Assert.Single(result.Contradictions).Rows.Select(r => r.Line));
    }

    [Fact]
    public void Check_SameImagesInAnotherOrderOrNumber_AreOtherQuestions()
    {
        Write("d.jsonl", Differs("a.png", "a.png", "b.png"), Differs("a.png", "b.png", "b.png"), Differs("b.png", "a.png", "a.png"));
        var result = Check();
        Assert.Equal(3, result.Samples);
        Assert.Empty(result.Duplicates);
        Assert.Empty(result.Contradictions);

        static string Differs(params string[] images) =>
            JsonSerializer.Serialize(
                new
                {
                    images,
                    messages = new[]
                    {
                        new { role = "user", content = string.Concat(images.Select(_ => "<image>")) + "Which one differs?" },
                        new { role = "assistant", content = "one of them" },
                    },
                }
            );
    }

    [Fact]
    public void Check_SameImageInTrainAndTest_IsALeak()
    {
        Write("train.jsonl", Row("1", "a.png", "q", "yes"), Row("2", "b.png", "q", "yes"));
        Write("test.jsonl", Row("3", "a_again.png", "new", "no"));
        var leak = Assert.Single(Check().Leaks);
        Assert.Equal(["test.jsonl", "train.jsonl"], leak.Rows.Select(r => Path.GetFileName(r.File)).Order());
    }

    [Fact]
    public void Check_SampleBeyondTheLimit_SaysHowMuchOfTheAnswerWouldBeCut()
    {
        Write("d.jsonl", Row("1", "a.png", "q", "yes"), Row("2", "a.png", "q", new string('z', 100)));
        var tokens = Check().Tokens!;
        var result = Check(new DataCheckOptions { Encoder = Encoder, MaximumLength = tokens.Longest - 20 });
        var tooLong = Assert.Single(result.TooLong);
        // The newline carries no loss
        Assert.Equal((2, tokens.Longest, 19), (tooLong.Origin.Line, tooLong.Tokens, tooLong.TruncatedAnswerTokens));
        Assert.False(result.IsClean);
    }

    [Fact]
    public void Check_AnyNumberOfWorkers_GivesTheSameResult()
    {
        Write(
            "d.jsonl",
            [
                .. Enumerable
                    .Range(0, 200)
                    .Select(i =>
                        Row(
                            $"{i % 150}",
                            i % 7 == 0 ? "cut.png"
                                : i % 2 == 0 ? "a.png"
                                : "b.png",
                            $"q{i % 40}",
                            $"a{i % 3}"
                        )
                    ),
            ]
        );
        var one = Check(new DataCheckOptions { Encoder = Encoder, Workers = 1 }).ToJson();
        Assert.Equal(one, Check(new DataCheckOptions { Encoder = Encoder, Workers = 8 }).ToJson());
    }

    [Fact]
    public void ToJson_Result_IsReadableJson()
    {
        Write("d.jsonl", Row("1", "a.png", "这是什么？", "豆腐"), "{\"x\": 1}");
        using var json = JsonDocument.Parse(Check().ToJson());
        var root = json.RootElement;
        Assert.Equal(1, root.GetProperty("samples").GetInt32());
        Assert.Equal(2, root.GetProperty("unusable")[0].GetProperty("origin").GetProperty("line").GetInt32());
        Assert.Equal("json_lines", root.GetProperty("files")[0].GetProperty("format").GetString());
    }

    [Fact]
    public void Check_WithoutCheckpoint_StillDecodesImages()
    {
        Write("d.jsonl", Row("1", "a.png", "q", "yes"), Row("2", "cut.png", "q", "no"));
        var result = DataChecker.Check(
            _folder.Path,
            new DataCheckOptions { Split = new SplitOptions(0) },
            TestContext.Current.CancellationToken
        );
        Assert.Null(result.Tokens);
        Assert.Single(result.Unusable);
    }

    [Fact]
    public void Check_VideoWithoutAModel_IsSampledByTheProcessorGiven()
    {
        for (var i = 0; i < 2; i++)
            _folder.Write($"frames/{i}.png", TestImages.Encode(40, 40, SKEncodedImageFormat.Png));
        Write("d.jsonl", """{"video": "frames", "nframes": 8, "question": "q", "answer": "a"}""");
        var processor = new ImageProcessor(Qwen3VlFormat.Instance.Images!.Options);
        var row = Assert.Single(Check(new DataCheckOptions { VideoProcessor = processor }).Unusable);
        Assert.Contains("nframes is 8, but there are 2 frames", row.Reason);
        Assert.True(Check(new DataCheckOptions()).IsClean);
    }

    private DataCheckResult Check(DataCheckOptions? options = null) =>
        DataChecker.Check(_folder.Path, options ?? new DataCheckOptions { Encoder = Encoder }, TestContext.Current.CancellationToken);

    private void Write(string name, params string[] rows) => _folder.Write(name, string.Join('\n', rows) + "\n");

    private static string Row(string id, string image, string question, string answer) =>
        JsonSerializer.Serialize(
            new
            {
                id,
                image,
                question,
                answer,
            }
        );
}
