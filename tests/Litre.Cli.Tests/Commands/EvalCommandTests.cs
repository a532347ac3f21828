using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class EvalCommandTests : IDisposable
{
    private readonly SmallCheckpoint _small = new();

    public EvalCommandTests()
    {
        _small.AddImage("data", "dish.png");
        // Laid out as FoodieQA publishes it.
        _small.Write(
            """
            [
              {"question": "这道菜属于哪个菜系？", "choices": ["川菜", "粤菜", "湘菜", "鲁菜"], "answer": "1",
               "question_type": "cuisine_type", "food_name": "点心", "question_id": "1", "food_meta": {"food_file": "dish.png"}},
              {"question": "这道菜是什么味道？", "choices": ["甜", "咸", "辣", "酸"], "answer": "0",
               "question_type": "flavor", "food_name": "点心", "question_id": "2", "food_meta": {"food_file": "dish.png"}},
              {"question": "图中有什么？", "choices": ["饭", "面"], "answer": "1",
               "question_type": "flavor", "food_name": "点心", "question_id": "3", "food_meta": {"food_file": "dish.png"}}
            ]
            """,
            "data",
            "sivqa_tidy.json"
        );
    }

    private string Output => _small.In("out");

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Eval_WithAdapter_PrintsTheComparisonAndWritesEveryAnswer()
    {
        var litre = Eval("--adapter", _small.Adapter, "--split", "all");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains("multiple choice", litre.Output);
        Assert.Contains("multiple choice by question type", litre.Output);
        Assert.Contains("evaluation only", litre.Error);
        var lines = File.ReadAllLines(Path.Combine(Output, "answers.jsonl"));
        Assert.Equal(3, lines.Length);
        using var first = JsonDocument.Parse(lines[0]);
        Assert.NotNull(first.RootElement.GetProperty("tuned_answer").GetString());
        Assert.Contains("菜系", first.RootElement.GetProperty("question").GetString());
        Assert.True(File.Exists(Path.Combine(Output, "report.html")));
    }

    [Fact]
    public void Eval_ImagesOnTheDisk_AreFoundDamagedOrNotWithTheSameResult()
    {
        string[] options = ["--adapter", _small.Adapter, "--split", "all", "--json", "--feature-folder", _small.In("features")];
        var without = Eval([.. options, "--feature-disk", "0"]);
        Assert.False(Directory.Exists(_small.In("features")));
        Assert.Equal(without.Output, Eval(options).Output);
        var file = Assert.Single(Directory.GetFiles(_small.In("features"), "*.features", SearchOption.AllDirectories));
        var again = Eval(options);
        Assert.Equal(without.Output, again.Output);
        Assert.DoesNotContain(file, again.Error);
        File.WriteAllBytes(file, new byte[10]);
        var damaged = Eval(options);
        Assert.Equal(without.Output, damaged.Output);
        Assert.Contains($"{file}: not used: has 10 bytes", damaged.Error);
        Assert.Equal(without.Output, Eval(options).Output);
    }

    [Fact]
    public void Eval_RequireBetterWithoutProof_ExitsWithOne()
    {
        // Three questions cannot prove anything at the 5 % level.
        var litre = Eval("--adapter", _small.Adapter, "--split", "all", "--require-better", "--json");
        Assert.Equal(ExitCode.CheckFailed, litre.ExitCode);
        using var json = JsonDocument.Parse(litre.Output);
        Assert.Equal("not proven", json.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("samples").GetInt32());
    }

    [Fact]
    public void Eval_ModelAlone_HasNoVerdict()
    {
        var litre = Eval("--split", "all", "--limit", "2", "--json");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        using var json = JsonDocument.Parse(litre.Output);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("verdict").ValueKind);
        Assert.Equal(2, json.RootElement.GetProperty("samples").GetInt32());
    }

    [Theory]
    [InlineData("--split test", "--split test")]
    [InlineData("--split all --limit 0", "--limit 0")]
    [InlineData("--split all --batch-tokens 0", "--batch-tokens 0")]
    [InlineData("--split all --feature-disk much", "--feature-disk much")]
    [InlineData("--split all --require-better", "--adapter")]
    [InlineData("--split all --adapter nowhere", "nowhere")]
    [InlineData("--split half", "half")]
    public void Eval_BadInput_OneLineAndExitCodeTwo(string options, string word)
    {
        var litre = Eval(options.Split(' '));
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        var line = litre.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith("litre: ", line);
        Assert.Contains(word, line);
        Assert.False(Directory.Exists(Output));
    }

    private LitreProcess Eval(params string[] options) =>
        LitreProcess.Run([
            "eval",
            "--model",
            _small.Model,
            "--data",
            _small.Data,
            "--output",
            Output,
            "--max-new-tokens",
            "4",
            "--device",
            "cpu",
            .. options,
        ]);
}
