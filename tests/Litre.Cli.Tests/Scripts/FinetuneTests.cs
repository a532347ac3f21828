namespace Litre.Cli.Tests.Scripts;

/// <summary>finetune.sh refuses before it does anything, and passes on what it was given.</summary>
public sealed class FinetuneTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public FinetuneTests()
    {
        _folder.Write("{}", "model", "config.json");
        _folder.Write("", "model", "model.safetensors");
        _folder.Write("{}", "data", "train.jsonl");
        _folder.Write("{}", "adapter", "adapter_config.json");
        _folder.Write("model: x", "run", "recipe.yaml");
        _folder.Write("GGUF", "x.gguf");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--lr 1", "'--lr'; did you mean --learning-rate?")]
    [InlineData("--learning_rate 1", "did you mean --learning-rate?")]
    [InlineData("--num_train_epochs 3", "did you mean --epochs?")]
    [InlineData("--per_device_train_batch_size 3", "did you mean --micro-batch-tokens?")]
    [InlineData("--model_name_or_path model", "did you mean --model?")]
    [InlineData("--lora-rnak 3", "did you mean --lora-rank?")]
    [InlineData("--modle model", "did you mean --model?")]
    [InlineData("--nothing-like-it", "'--nothing-like-it'; ./litre tune --help")]
    [InlineData("data", "did you mean --data data?")]
    [InlineData("model", "did you mean --model model?")]
    [InlineData("--model", "--model needs a value")]
    [InlineData("--model --data data", "--model needs a value")]
    [InlineData("--model= --data data", "--model= has no value")]
    [InlineData("--model model --data data --epochs many", "--epochs many: expected a number")]
    [InlineData("--model model --data data --seed 1.5", "--seed 1.5: expected a whole number")]
    [InlineData("--model data --data model", "are swapped")]
    [InlineData("--model Qwen/Qwen3-VL-4B-Instruct --data data", "litre model get Qwen/Qwen3-VL-4B-Instruct")]
    [InlineData("--model Qwen3-VL-4B --data data", "litre model get Qwen3-VL-4B")]
    [InlineData("--model x.gguf --data data", "GGUF")]
    [InlineData("--model adapter --data data", "is an adapter")]
    [InlineData("--model run --data data", "is the folder of a run")]
    [InlineData("--model data/train.jsonl --data data", "is a file")]
    [InlineData("--model nowhere --data data", "no such folder")]
    [InlineData("--model model --data nowhere", "no such file or folder")]
    [InlineData("--model model", "--model DIR and --data DIR are both required")]
    [InlineData("--recipe r.yaml", "--model DIR and --data DIR are both required")]
    [InlineData("--resume", "no run is given; add --output")]
    public void Finetune_WhatCannotBe_OneLineBeforeAnythingIsDone(string arguments, string expected)
    {
        var before = Directory.GetFileSystemEntries(_folder.Root, "*", SearchOption.AllDirectories);
        var (code, output, error) = Run(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.Matches("^finetune.sh: [^\n]+\n$", error);
        Assert.Contains(expected, error);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Finetune_GoodOptions_ReachCheckAndTune()
    {
        _folder.Write("", "home", "x");
        _folder.Write("{}", "home", "data/train.jsonl");
        var (code, _, _) = Run("--model=model --data=~/data --epochs 2 --rslora --max-pixels 1000 --output out --full false");
        Assert.Equal(0, code);
        var data = _folder.In("home", "data");
        Assert.Equal(
            [
                "build",
                "litre doctor --libtorch",
                $"litre data check {data} --model model --max-pixels 1000",
                $"litre tune --epochs 2 --rslora --max-pixels 1000 --full false --output out --model model --data {data}",
            ],
            _folder.Log
        );
    }

    [Theory]
    [InlineData(130)]
    [InlineData(2)]
    [InlineData(1)]
    public void Finetune_ProgramThatEnds_PassesItsCodeOn(int code) =>
        Assert.Equal(
            code,
            _folder.Execute([("CODE", $"{code}")], "bash", _folder.In("clone", "finetune.sh"), "--resume", "--output", "run").Code
        );

    [Fact]
    public void Finetune_NoUsableEngine_EndsBeforeTheDataAreRead()
    {
        var (code, _, _) = _folder.Execute(
            [("ENGINE_CODE", "2")],
            "bash",
            _folder.In("clone", "finetune.sh"),
            "--model",
            "model",
            "--data",
            "data"
        );
        Assert.Equal(2, code);
        Assert.Equal(["build", "litre doctor --libtorch"], _folder.Log);
    }

    [Fact]
    public void Finetune_Clone_AnnouncesEveryPartBeforeTheBuild()
    {
        var (_, output, error) = Run("--model model --data data --output out");
        Assert.Matches(
            """
            ^Litre tunes the model model on data[^\n]+
            Nothing leaves this machine[^\n]+
              1\. download NuGet packages, about 310 MB[^\n]+
              2\. build Litre: 1 to 4 minutes
              3\. check [^\n]+
              4\. plan [^\n]+
              5\. train [^\n]+ in out: as the plan states

            """,
            output
        );
        Assert.DoesNotContain("SDK", output);
        Assert.Contains("building 1 projects", error);
    }

    [Fact]
    public void Finetune_Release_NeedsNoSdkAndNoBuild()
    {
        _folder.MakeRelease();
        var path = _folder.IsolatePath();
        var (code, output, error) = _folder.Execute([("PATH", path)], "bash", _folder.In("clone", "finetune.sh"), "--output", "out");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("  1. generate 900 drawings", output);
        Assert.Equal(["doctor --libtorch", "data make", "data check", "tune --recipe"], _folder.Log.Select(FirstWords));
    }

    [Fact]
    public void Finetune_ReleaseAndAnOptionOfAnotherTool_IsTranslated()
    {
        _folder.MakeRelease();
        var (code, _, error) = Run("--lr 1");
        Assert.Equal(2, code);
        Assert.Contains("did you mean --learning-rate?", error);
    }

    private static string FirstWords(string line) => string.Join(' ', line.Split(' ').Skip(1).Take(2));

    private (int Code, string Output, string Error) Run(string arguments) =>
        _folder.Execute("bash", [_folder.In("clone", "finetune.sh"), .. arguments.Split(' ')]);
}
