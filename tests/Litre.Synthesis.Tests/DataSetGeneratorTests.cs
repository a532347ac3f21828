using System.Text.Json;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Check;
using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Samples;
using Litre.Synthesis.Sheets;
using Shared;

namespace Litre.Synthesis.Tests;

public sealed class DataSetGeneratorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<SyntheticImageKind, string> EveryStyle =>
        new(
            Enum.GetValues<SyntheticImageKind>()
                .SelectMany(k => DataSetGenerator.Styles(k).Select(s => new TheoryDataRow<SyntheticImageKind, string>(k, s)))
        );

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SyntheticImageKind.Drawings)]
    [InlineData(SyntheticImageKind.Charts)]
    public void Make_AnyNumberOfWorkers_GivesTheSameBytes(SyntheticImageKind kind)
    {
        Make(Options(kind, "one") with { Workers = 1, Language = QuestionLanguage.Both });
        Make(Options(kind, "many") with { Workers = 8, Language = QuestionLanguage.Both });
        Make(Options(kind, "other") with { Seed = 2, Language = QuestionLanguage.Both });
        var (one, many, other) = (Files("one"), Files("many"), Files("other"));
        Assert.Equal(one.Keys.Order(), many.Keys.Order());
        Assert.All(one, file => Assert.Equal(file.Value, many[file.Key]));
        Assert.All(one, file => Assert.NotEqual(file.Value, other[file.Key]));
    }

    [Fact]
    public void Make_AnotherLanguage_DrawsTheSameImages()
    {
        Make(Options(SyntheticImageKind.Drawings, "en"));
        Make(Options(SyntheticImageKind.Drawings, "zh") with { Language = QuestionLanguage.Chinese });
        var (en, zh) = (Files("en"), Files("zh"));
        Assert.All(en.Where(f => f.Key.EndsWith(".png", StringComparison.Ordinal)), f => Assert.Equal(f.Value, zh[f.Key]));
        Assert.All(Samples("en"), s => Assert.DoesNotContain(s.Messages[0].Text, c => c > 0x3000));
        Assert.All(Samples("zh"), s => Assert.Contains(s.Messages[0].Text, c => c > 0x3000));
    }

    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void Make_EveryStyle_PassesTheCheck(SyntheticImageKind kind, string style)
    {
        Make(Options(kind, "data") with { Style = style, Turns = 3, Language = QuestionLanguage.Both });
        var result = DataChecker.Check(_folder.File("data"), cancel: TestContext.Current.CancellationToken);
        Assert.True(result.IsClean, result.ToJson());
        Assert.Empty(result.Duplicates);
        Assert.Empty(result.Contradictions);
        Assert.Empty(result.DuplicateIds);
        Assert.Equal(12, result.DistinctImages);
        Assert.Equal(["test", "train", "validation"], result.Splits.Where(s => s.Value > 0).Select(s => s.Key).Order());
    }

    [Fact]
    public void Make_Rows_AreReadAsTheyAreMeant()
    {
        var made = Make(Options(SyntheticImageKind.Drawings, "data") with { Questions = 2, Turns = 4 });
        var samples = Samples("data");
        Assert.Equal((20, 4), (made.TrainRows, made.ValidationRows + made.TestRows));
        Assert.Equal(made.TrainRows, samples.Count(s => s.Split == "train"));
        foreach (var sample in samples)
        {
            Assert.Equal(sample.Split == "train" ? 8 : 2, sample.Messages.Count);
            Assert.Equal(sample.Split == "train" ? "several" : sample.QuestionType, sample.QuestionType);
            Assert.Matches("^[a-z]+(_[a-z]+)*$", sample.QuestionType);
            Assert.Equal([ContentKind.Image, ContentKind.Text], sample.Messages[0].Parts.Select(p => p.Kind));
            Assert.Single(sample.Images);
            Assert.Equal(sample.Messages.Where(m => m.Role == Role.User).Select(m => m.Text).Distinct().Count(), sample.Messages.Count / 2);
        }
    }

    [Fact]
    public void Make_EverySide_HasImagesOfItsOwn()
    {
        Make(Options(SyntheticImageKind.Charts, "data") with { Train = 300, Validation = 40, Test = 40, Questions = 1 });
        var bySide = Samples("data")
            .GroupBy(s => s.Split, s => ImageSource.ContentHash(s.Images[0].ReadBytes(ImageLimits.Default)))
            .ToDictionary(g => g.Key!, g => g.ToHashSet());
        Assert.Equal(380, bySide.Values.SelectMany(v => v).Distinct().Count());
        Assert.Equal([300, 40, 40], [bySide["train"].Count, bySide["validation"].Count, bySide["test"].Count]);
    }

    [Fact]
    public void Make_All_LeavesTheCompanyOut()
    {
        Assert.Contains("company", DataSetGenerator.Styles(SyntheticImageKind.Drawings));
        var made = Make(Options(SyntheticImageKind.Drawings, "data"));
        Assert.Equal(["iso", "din", "plain", "varied"], made.Styles);
        Assert.DoesNotContain("company", File.ReadAllText(Path.Combine(_folder.File("data"), "train.jsonl")));
    }

    [Fact]
    public void Make_SeveralStyles_TakesThemInTurn()
    {
        Assert.Equal(
            ["iso", "company"],
            Make(Options(SyntheticImageKind.Drawings, "data") with { Style = "company,iso", Questions = 1 }).Styles
        );
        Assert.Equal(["iso", "company", "iso"], Samples("data").Where(s => s.Split == "train").Take(3).Select(s => s.Id.Split('-')[0]));
        Assert.Equal(
            ["iso", "din", "plain", "company", "varied"],
            Make(Options(SyntheticImageKind.Drawings, "four") with { Style = "all,company" }).Styles
        );
    }

    [Fact]
    public void Make_SideOfNothing_WritesNoFile()
    {
        Make(Options(SyntheticImageKind.Charts, "data") with { Validation = 0 });
        Assert.Equal(
            ["images", "test.jsonl", "train.jsonl"],
            Directory.EnumerateFileSystemEntries(_folder.File("data")).Select(f => Path.GetFileName(f)!).Order()
        );
    }

    [Fact]
    public void Make_EmptyFolder_IsTaken()
    {
        Directory.CreateDirectory(_folder.File("data"));
        Make(Options(SyntheticImageKind.Charts, "data"));
        Assert.Equal(["data"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(f => Path.GetFileName(f)!));
    }

    [Fact]
    public void Make_FolderInUse_IsLeftAsItIs()
    {
        _folder.Write("data/mine.txt", "mine");
        var e = Assert.Throws<InputException>(() => Make(Options(SyntheticImageKind.Charts, "data")));
        Assert.Contains("not empty", e.Message);
        Assert.Equal(["data"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(f => Path.GetFileName(f)!));
        Assert.Equal("mine", File.ReadAllText(_folder.File("data/mine.txt")));
    }

    [Fact]
    public void Make_Stopped_LeavesNothingBehind()
    {
        using var stop = new CancellationTokenSource();
        var options = Options(SyntheticImageKind.Charts, "data") with { Train = 2000, Progress = _ => stop.Cancel() };
        Assert.ThrowsAny<OperationCanceledException>(() => DataSetGenerator.Generate(options, stop.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("gothic", 4, 1, "`style gothic`")]
    [InlineData("iso,baroque", 4, 1, "`style baroque`")]
    [InlineData("", 4, 1, "`style`")]
    [InlineData("all", 0, 1, "`questions 0`")]
    [InlineData("all", 4, 101, "`turns 101`")]
    public void Make_OptionOutOfRange_IsNamed(string style, int questions, int turns, string word)
    {
        var e = Assert.Throws<InputException>(() =>
            Make(Options(SyntheticImageKind.Drawings, "data") with { Style = style, Questions = questions, Turns = turns })
        );
        Assert.Contains(word, e.Message);
        Assert.False(Directory.Exists(_folder.File("data")));
    }

    [Fact]
    public void Make_FileInTheWay_IsNamed()
    {
        _folder.Write("data", "mine");
        Assert.Contains("`output ", Assert.Throws<InputException>(() => Make(Options(SyntheticImageKind.Charts, "data"))).Message);
        var below = Assert.Throws<InputException>(() => Make(Options(SyntheticImageKind.Charts, "data/deeper")));
        Assert.Contains("cannot be written", below.Message);
    }

    [Fact]
    public void Make_Rows_AreOneJsonObjectALine()
    {
        Make(Options(SyntheticImageKind.Drawings, "data") with { Language = QuestionLanguage.Both });
        foreach (var line in File.ReadLines(Path.Combine(_folder.File("data"), "train.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            Assert.True(File.Exists(Path.Combine(_folder.File("data"), json.RootElement.GetProperty("images")[0].GetString()!)));
            Assert.True(json.RootElement.TryGetProperty("question_type", out _));
        }
    }

    private SynthesisOptions Options(SyntheticImageKind kind, string name) =>
        new()
        {
            Kind = kind,
            Output = _folder.File(name),
            Seed = 1,
            Train = 10,
            Validation = 1,
            Test = 1,
            Workers = 2,
        };

    private static SynthesisResult Make(SynthesisOptions options) =>
        DataSetGenerator.Generate(options, TestContext.Current.CancellationToken);

    private List<Sample> Samples(string name)
    {
        using var data = DataSet.Open(_folder.File(name));
        return [.. data.Read().Select(r => r.Sample ?? throw new InvalidOperationException(r.Unusable!.ToString()))];
    }

    private Dictionary<string, byte[]> Files(string name) =>
        Directory
            .EnumerateFiles(_folder.File(name), "*", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(_folder.File(name), f), File.ReadAllBytes);
}
