using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class ExportCommandTests
{
    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    public void Export_Merged_AnswersAsBaseAndAdapterDo(string family)
    {
        using var work = new SmallCheckpoint(family);
        var export = LitreProcess.Run(
            "export",
            "--model",
            work.Model,
            "--adapter",
            work.Adapter,
            "--to",
            "merged",
            "--output",
            work.In("merged"),
            "--device",
            "cpu",
            "--json"
        );
        Assert.Equal(ExitCode.Success, export.ExitCode);
        var result = JsonDocument.Parse(export.Output).RootElement;
        Assert.True(result.GetProperty("passed").GetBoolean());
        Assert.True(result.GetProperty("difference").GetDouble() < 1e-4);
        Assert.True(result.GetProperty("adapter_effect").GetDouble() > 0.1);
        Assert.Equal(
            Directory.EnumerateFiles(work.Model).Select(Path.GetFileName).Order(),
            Directory.EnumerateFiles(work.In("merged")).Select(Path.GetFileName).Order()
        );
        Assert.Equal(Ask(work, work.Model, "--adapter", work.Adapter), Ask(work, work.In("merged")));
        Assert.Equal(["merged", "model"], Directory.EnumerateFileSystemEntries(work.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Export_Peft_NamesTheBaseModelAndKeepsTheFactors()
    {
        using var work = new SmallCheckpoint("moe");
        var export = LitreProcess.Run(
            "export",
            "--model",
            work.Model,
            "--adapter",
            work.Adapter,
            "--to",
            "peft",
            "--output",
            work.In("peft"),
            "--base-name",
            "Qwen/Some-Model",
            "--device",
            "cpu"
        );
        Assert.Equal(ExitCode.Success, export.ExitCode);
        var config = JsonDocument.Parse(File.ReadAllText(work.In("peft", "adapter_config.json"))).RootElement;
        Assert.Equal("Qwen/Some-Model", config.GetProperty("base_model_name_or_path").GetString());
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(work.Adapter, "adapter_model.safetensors")),
            File.ReadAllBytes(work.In("peft", "adapter_model.safetensors"))
        );
    }

    [Theory]
    [InlineData("--to merged --output MODEL", "is not empty")]
    [InlineData("--to merged --output OUT --adapter OTHER", "expert tensors")]
    [InlineData("--to merged --output OUT --adapter /nowhere", "/nowhere")]
    [InlineData("--to merged --output OUT --adapter MODEL", "contains a whole model, not an adapter")]
    [InlineData("--to gguf --output OUT", "gguf")]
    [InlineData("--to merged --output /proc/no/where", "/proc/no/where")]
    [InlineData("--to merged", "--output")]
    public void Export_BadInput_OneLineAndNothingWritten(string arguments, string word)
    {
        using var work = new SmallCheckpoint();
        var other = Path.Combine(Repository.Root, "tests", "reference", "moe", "adapter_trained");
        var given = arguments
            .Split(' ')
            .Select(a =>
                a switch
                {
                    "MODEL" => work.Model,
                    "OUT" => work.In("out"),
                    "OTHER" => other,
                    _ => a,
                }
            )
            .ToList();
        if (!given.Contains("--adapter"))
            given.AddRange(["--adapter", work.Adapter]);
        var litre = LitreProcess.Run(["export", "--model", work.Model, .. given]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]+\n$", litre.Error);
        Assert.Contains(word, litre.Error);
        Assert.Equal(["model"], Directory.EnumerateFileSystemEntries(work.Folder).Select(Path.GetFileName));
    }

    private static string Ask(SmallCheckpoint work, string model, params string[] more)
    {
        var litre = LitreProcess.Run([
            "ask",
            "--model",
            model,
            .. more,
            "--image",
            work.Image,
            "--max-new-tokens",
            "16",
            "--device",
            "cpu",
            "What?",
        ]);
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        return litre.Output;
    }
}
