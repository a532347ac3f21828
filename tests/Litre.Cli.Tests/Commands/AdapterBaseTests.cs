using System.Text.Json.Nodes;
using Litre.Cli.Errors;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Lora;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class AdapterBaseTests
{
    [Fact]
    public void Run_TunedThenAsked_IsBoundToItsBaseAndFoundByItsFolder()
    {
        using var work = new SmallCheckpoint();
        work.AddRows("rows.jsonl", 8);
        string[] tune =
        [
            "tune",
            "--model",
            work.Model,
            "--data",
            work.Data,
            "--output",
            work.In("run"),
            "--device",
            "cpu",
            "--eval",
            "none",
        ];
        Assert.Equal(ExitCode.Success, LitreProcess.Run([.. tune, "--max-steps", "1"]).ExitCode);
        foreach (var folder in (string[])["best", "checkpoint-1"])
        {
            var facts = AdapterMetadata.Read(work.In("run", folder))!;
            Assert.EndsWith("model", facts.Base!.Name);
            Assert.StartsWith("xxh128:", facts.Base!.Fingerprint.Weights);
        }
        // A run's folder means its best.
        var ask = Ask(work, "--adapter", work.In("run"));
        Assert.Equal(
            (ExitCode.Success, $"--adapter {work.In("run")} is a run folder; its best adapter is used: {work.In("run", "best")}"),
            (ask.ExitCode, ask.Error.Split('\n')[0])
        );

        // Other weights of the same shapes under the same folder: in asking, in exporting, and in going on.
        FlipOneBit(work.Model);
        var refused = Ask(work, "--adapter", work.In("run"));
        Assert.Equal((ExitCode.BadInput, ""), (refused.ExitCode, refused.Output));
        Assert.Matches(
            "\nlitre: [^\n]+best: was trained on other weights with the name [^\n]+ or add --other-base to use it anyway\n$",
            refused.Error
        );
        var resumed = LitreProcess.Run([.. tune, "--resume"]);
        Assert.Equal(ExitCode.BadInput, resumed.ExitCode);
        Assert.Contains("checkpoint-1: was trained on other weights", resumed.Error);
        var export = LitreProcess.Run(
            "export",
            "--model",
            work.Model,
            "--adapter",
            work.In("run"),
            "--to",
            "merged",
            "--output",
            work.In("merged"),
            "--device",
            "cpu"
        );
        Assert.Equal(ExitCode.BadInput, export.ExitCode);
        Assert.False(Directory.Exists(work.In("merged")));
        var accepted = Ask(work, "--adapter", work.In("run"), "--other-base");
        Assert.Equal((ExitCode.Success, ask.Output), (accepted.ExitCode, accepted.Output));
        Assert.Contains("it is used anyway", accepted.Error);
    }

    [Fact]
    public void Ask_AdapterOfAPublishedModel_IsRefusedBeforeLoading()
    {
        using var work = new SmallCheckpoint();
        var adapter = work.In("adapter");
        Directory.CreateDirectory(adapter);
        foreach (var file in Directory.GetFiles(work.Adapter))
            File.Copy(file, Path.Combine(adapter, Path.GetFileName(file)));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(adapter, AdapterConfig.FileName)))!;
        config["base_model_name_or_path"] = "Qwen/Qwen3-VL-8B-Instruct";
        File.WriteAllText(Path.Combine(adapter, AdapterConfig.FileName), config.ToJsonString());
        var litre = Ask(work, "--adapter", adapter);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches($"^litre: {adapter}: was trained on Qwen/Qwen3-VL-8B-Instruct, not on [^\n]+model; [^\n]+\n$", litre.Error);
    }

    [Fact]
    public void BaseWeights_NotFinite_AreRefusedByTensorInAskAndVerify()
    {
        using var work = new SmallCheckpoint();
        const string Key = "model.language_model.layers.0.mlp.down_proj.weight";
        TensorEntry entry;
        using (var checkpoint = Checkpoint.Open(work.Model))
            entry = checkpoint.Tensors[Key];
        using (var file = File.OpenWrite(entry.File))
        {
            file.Position = entry.Offset;
            for (var at = 0L; at < entry.Bytes; at++)
                file.WriteByte(0xff); // NaN in every type
        }
        var expected = $"litre: {entry.File}: {Key} contains NaN at element 0 of ";
        foreach (
            var litre in (LitreProcess[])
                [
                    Ask(work),
                    LitreProcess.Run("verify", "checkpoint", work.Model, "--device", "cpu"),
                    LitreProcess.Run("verify", "checkpoint", work.Model, "--device", "cpu", "--reads", "plain"),
                ]
        )
        {
            Assert.Equal((ExitCode.BadInput, ""), (litre.ExitCode, litre.Output));
            Assert.StartsWith(expected, litre.Error);
            Assert.Single(litre.Error, c => c == '\n');
        }
    }

    private static void FlipOneBit(string model)
    {
        TensorEntry entry;
        using (var checkpoint = Checkpoint.Open(model))
            entry = checkpoint.Tensors[ModelConfigs.Load(checkpoint.Folder).Keys.Text.FinalNorm];
        using var file = File.Open(entry.File, FileMode.Open);
        file.Position = entry.Offset;
        var value = file.ReadByte();
        file.Position = entry.Offset;
        file.WriteByte((byte)(value ^ 1));
    }

    private static LitreProcess Ask(SmallCheckpoint work, params string[] more) =>
        LitreProcess.Run([
            "ask",
            "--model",
            work.Model,
            .. more,
            "--image",
            work.Image,
            "--max-new-tokens",
            "4",
            "--device",
            "cpu",
            "What?",
        ]);
}
