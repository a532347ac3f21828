using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class DataCommandTests
{
    private const string Rows = """
        {"messages":[{"role":"user","content":"<image>颜色？"},{"role":"assistant","content":"红"}],"images":["a.png"]}
        {"messages":[{"role":"user","content":"<image>缺图？"},{"role":"assistant","content":"是"}],"images":["lost.png"]}

        """;

    [Fact]
    public void Check_OneRowUnusable_ListsItAndEndsWithZeroUnlessStrict()
    {
        using var work = Data();
        var litre = LitreProcess.Run("data", "check", work.In("data"), "--model", work.Model);
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains("rows.jsonl:2", litre.Output);
        Assert.Contains("lost.png", litre.Output);
        Assert.Contains("1 of 2 rows can be used", litre.Output);
        Assert.Contains("learned tokens", litre.Output);
        Assert.DoesNotContain("\u001b", litre.Output);
        Assert.Equal(ExitCode.CheckFailed, LitreProcess.Run("data", "check", work.In("data"), "--strict").ExitCode);
    }

    [Fact]
    public void Check_Json_CountsWhatTheTableSays()
    {
        using var work = Data();
        var litre = LitreProcess.Run("data", "check", work.In("data"), "--model", work.Model, "--json", "--max-tokens", "10");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        var root = JsonDocument.Parse(litre.Output).RootElement;
        Assert.Equal(1, root.GetProperty("samples").GetInt32());
        Assert.Equal(1, root.GetProperty("unusable").GetArrayLength());
        Assert.Equal(1, root.GetProperty("too_long").GetArrayLength());
        Assert.True(root.GetProperty("tokens").GetProperty("visual").GetInt64() > 0);
    }

    [Fact]
    public void Check_RowsWithoutQuestions_RemedyNamesTheOption()
    {
        using var work = Data();
        work.Write("""{"image": "a.png", "answer": "红"}""" + "\n", "data", "asked.jsonl");
        var rows = JsonDocument.Parse(LitreProcess.Run("data", "check", work.In("data"), "--json").Output).RootElement;
        Assert.Contains(
            rows.GetProperty("unusable").EnumerateArray(),
            row => row.GetProperty("remedy").GetString()!.StartsWith("add --question", StringComparison.Ordinal)
        );
        Assert.Contains("--question", LitreProcess.Run("data", "check", work.In("data")).Output);
    }

    [Fact]
    public void Check_VideoWithoutAModel_IsSampledAsForTheUsualOne()
    {
        using var work = Data();
        work.Write("""{"video": ["a.png", "a.png"], "nframes": 8, "question": "q", "answer": "a"}""" + "\n", "data", "video.jsonl");
        Assert.Contains("nframes is 8, but there are 2 frames", LitreProcess.Run("data", "check", work.In("data"), "--json").Output);
    }

    [Fact]
    public void Check_NoRowUsable_EndsWithTwo()
    {
        using var work = Data();
        File.Delete(work.In("data", "a.png"));
        var litre = LitreProcess.Run("data", "check", work.In("data"));
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]*0 of 2 rows can be used; the first: [^\n]*\n$", litre.Error);
    }

    [Theory]
    [InlineData("data check")]
    [InlineData("data preview")]
    [InlineData("plan")]
    [InlineData("tune")]
    [InlineData("eval")]
    [InlineData("bench")]
    public void Help_OfEveryCommandThatReadsData_HasTheSameOptionsOfReading(string command)
    {
        var litre = LitreProcess.Run([.. command.Split(' '), "--help"]);
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        foreach (var option in (string[])["--image-root", "--boxes", "--text-rows", "--question"])
            Assert.Contains(option + " ", litre.Output);
    }

    [Fact]
    public void Eval_TextRows_MeasuresTheirLossAndAsksNothing()
    {
        using var work = new SmallCheckpoint("moe");
        Directory.CreateDirectory(work.In("text"));
        File.WriteAllText(work.In("text", "d.jsonl"), "{\"text\": \"豆腐是豆\"}\n{\"text\": \"米饭是米\"}\n");
        string[] command =
        [
            "eval",
            "--model",
            work.Model,
            "--data",
            work.In("text"),
            "--split",
            "all",
            "--device",
            "cpu",
            "--max-new-tokens",
            "4",
            "--output",
            work.In("e"),
            "--json",
        ];
        var refused = LitreProcess.Run(command);
        Assert.Equal(ExitCode.BadInput, refused.ExitCode);
        Assert.Contains("--text-rows", refused.Error);
        var litre = LitreProcess.Run([.. command, "--text-rows"]);
        Assert.True(litre.ExitCode == ExitCode.Success, litre.Error);
        Assert.Contains("loss", litre.Output);
        Assert.DoesNotContain("similarity", litre.Output);
    }

    [Fact]
    public void Preview_Rows_AreOnOnePage()
    {
        using var work = Data();
        var litre = LitreProcess.Run(
            "data",
            "preview",
            work.In("data"),
            "--html",
            work.In("p", "page.html"),
            "--model",
            work.Model,
            "--samples",
            "3"
        );
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains("page.html", litre.Output);
        var page = File.ReadAllText(work.In("p", "page.html"));
        Assert.Contains("颜色", page);
        Assert.Contains("data:image/", page);
        Assert.Contains("lost.png", page);
    }

    [Fact]
    public void Check_BoxesInPixels_WarnsAndConverts()
    {
        using var work = Data();
        File.WriteAllText(
            work.In("data", "rows.jsonl"),
            """{"image": "a.png", "question": "红色在哪里？", "answer": "{\"bbox_2d\": [1100, 10, 1820, 20]}"}"""
        );
        Assert.Contains("--boxes pixels", LitreProcess.Run("data", "check", work.In("data")).Output);
        var refused = LitreProcess.Run("data", "check", work.In("data"), "--boxes", "pixels");
        Assert.Equal(ExitCode.BadInput, refused.ExitCode);
        Assert.Contains("beyond the image's", refused.Error);
        Assert.Contains(
            "expected thousandths, pixels, fractions",
            LitreProcess.Run("data", "check", work.In("data"), "--boxes", "inches").Error
        );
    }

    [Theory]
    [InlineData("check /nowhere/at-all", "/nowhere/at-all")]
    [InlineData("check DATA --max-tokens 5", "--model")]
    [InlineData("check DATA --validation-share 2", "--validation-share")]
    [InlineData("check DATA --model DATA", "not a model")]
    [InlineData("check DATA --model MODEL --min-pixels 9999999 --max-pixels 5", "--max-pixels")]
    [InlineData("check DATA --image-root /nowhere", "--image-root")]
    [InlineData("preview DATA", "--html")]
    [InlineData("preview DATA --html DATA", "folder")]
    [InlineData("preview DATA --html ", "--html: the name is empty")]
    [InlineData("preview DATA --html page.html --samples 0", "--samples")]
    public void Data_BadInput_OneLineAndExitCodeTwo(string arguments, string word)
    {
        using var work = Data();
        var litre = LitreProcess.Run([
            "data",
            .. arguments
                .Split(' ')
                .Select(a =>
                    a switch
                    {
                        "DATA" => work.In("data"),
                        "MODEL" => work.Model,
                        _ => a,
                    }
                ),
        ]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]+\n$", litre.Error);
        Assert.Contains(word, litre.Error);
    }

    private static SmallCheckpoint Data()
    {
        var work = new SmallCheckpoint();
        work.Write(Rows, "data", "rows.jsonl");
        work.AddImage("data", "a.png");
        return work;
    }
}
