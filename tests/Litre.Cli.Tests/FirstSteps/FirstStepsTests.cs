using Litre.Cli.FirstSteps;
using Litre.Torch.Loading;
using Shared;

namespace Litre.Cli.Tests.FirstSteps;

/// <summary>What <c>litre</c> without a command finds in a folder, and where it leads.</summary>
public sealed class FirstStepsTests : IDisposable
{
    private static readonly MachineGlance Cpu = new(null, new LibtorchBuild("/x", null, HasCudaLibrary: false));
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Choose_EmptyFolder_TheExampleThenModels() =>
        Assert.Equal(["bash finetune.sh", "./litre model list"], Commands(Cpu, FolderContents.Find(_folder.Path)));

    [Fact]
    public void Choose_ModelAndData_PlanAndTuneWithTheirPaths()
    {
        WriteModel("models/small one");
        Write("parts/train.jsonl", "{}");
        Assert.Equal(
            ["./litre plan --model 'models/small one' --data parts", "bash finetune.sh --model 'models/small one' --data parts"],
            Commands(Cpu, FolderContents.Find(_folder.Path))
        );
    }

    [Fact]
    public void Choose_WithoutTheScript_TuneInstead()
    {
        WriteModel("m");
        Write("rows.csv", "question,answer");
        var steps = NextSteps.Choose(Cpu, FolderContents.Find(_folder.Path), "litre", script: null);
        Assert.Equal("litre tune --model m --data rows.csv", steps[^1].Command);
    }

    [Fact]
    public void Choose_DataAlone_CheckThenModels()
    {
        Write("parts/rows.json", "\n [{}]");
        Assert.Equal(["./litre data check parts", "./litre model list"], Commands(Cpu, FolderContents.Find(_folder.Path)));
    }

    [Fact]
    public void Choose_ModelAlone_DataToTryWith()
    {
        WriteModel("m");
        Assert.Equal(["./litre data make drawings --count 400 --output made"], Commands(Cpu, FolderContents.Find(_folder.Path)));
    }

    [Theory]
    [InlineData(null, null, "./litre setup --cpu")]
    [InlineData("NVIDIA GB10", null, "./litre setup")]
    [InlineData("NVIDIA GB10", false, "./litre setup")]
    public void Choose_NoUsableLibtorch_SetupFirst(string? gpu, bool? hasCuda, string expected)
    {
        var machine = new MachineGlance(gpu, hasCuda is { } cuda ? new LibtorchBuild("/x", null, cuda) : null);
        Assert.Equal(expected, Commands(machine, FolderContents.Find(_folder.Path))[0]);
    }

    [Fact]
    public void Choose_GpuWithCuda_NoSetup()
    {
        var machine = new MachineGlance("NVIDIA GB10", new LibtorchBuild("/x", null, HasCudaLibrary: true));
        Assert.DoesNotContain(Commands(machine, FolderContents.Find(_folder.Path)), c => c.Contains("setup"));
    }

    [Theory]
    [InlineData("interrupted", "./litre tune --resume --output runs/first")]
    [InlineData("finished", "./litre chat --model model --adapter runs/first/best")]
    public void Choose_RunOfEarlierVersions_ContinuesOrAsks(string kept, string expected)
    {
        Copy(Path.Combine(Repository.Root, "tests", "compatibility", kept), Path.Combine(_folder.Path, "runs", "first"));
        WriteModel("model");
        Assert.Equal(expected, Commands(Cpu, FolderContents.Find(_folder.Path))[0]);
    }

    [Theory]
    [InlineData("runs/example")]
    [InlineData("example")]
    public void Find_TheRunOfTheExample_IsFoundWithItsFolder(string output)
    {
        Copy(Path.Combine(Repository.Root, "tests", "compatibility", "interrupted"), Path.Combine(_folder.Path, output, "run"));
        Assert.Equal(output + "/run", Assert.Single(FolderContents.Find(_folder.Path).Runs).Folder);
    }

    [Fact]
    public void Find_WhatIsNoDataOrModel_IsNotNamed()
    {
        Write("settings/config.json", "{}");
        Write("settings/package.json", "{\"rows\": []}");
        Write("notes/readme.md", "[1]");
        Write(".hidden/train.jsonl", "{}");
        Write("global.json", "[]");
        var found = FolderContents.Find(_folder.Path);
        Assert.Empty(found.Models);
        Assert.Empty(found.Data);
        Assert.Empty(found.Runs);
    }

    [Fact]
    public void Find_DamagedRun_IsPassedOverOrUnfinished()
    {
        Write("runs/empty/recipe.yaml", "");
        Write("runs/empty/metrics.jsonl", "");
        Write("runs/half/recipe.yaml", "model: nowhere");
        var run = Assert.Single(FolderContents.Find(_folder.Path).Runs);
        Assert.Equal(("runs/empty", false, null), (run.Folder, run.IsFinished, run.ChatOptions));
    }

    [Fact]
    public void Write_FolderThatIsNotThere_StillSaysWhatToDo()
    {
        var text = new StringWriter();
        Assert.Equal(0, FirstStepsReport.Write(text, Path.Combine(_folder.Path, "nowhere")));
        Assert.Contains("--help", text.ToString());
        Assert.Contains("Next:", text.ToString());
    }

    [Fact]
    public void Describe_ManyModels_NamesThreeAndCountsTheRest()
    {
        foreach (var name in (string[])["a", "b", "c", "d", "e"])
            WriteModel(name);
        Assert.Equal("models a, b, c and 2 more; no data; no run", FirstStepsReport.Describe(FolderContents.Find(_folder.Path)));
    }

    private static List<string> Commands(MachineGlance machine, FolderContents contents) =>
        [.. NextSteps.Choose(machine, contents, "./litre", "finetune.sh").Select(s => s.Command)];

    private void WriteModel(string name)
    {
        Write($"{name}/config.json", "{}");
        Write($"{name}/model.safetensors", "");
    }

    private void Write(string path, string text) => _folder.Write(path, text);

    private static void Copy(string source, string target)
    {
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
