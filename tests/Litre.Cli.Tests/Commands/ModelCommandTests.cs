using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Cli.Tests.Contracts;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class ModelCommandTests
{
    [Fact]
    public void Get_FromTheHub_MakesAFolderThatOtherCommandsRead()
    {
        using var folder = new TemporaryFolder();
        using var hub = new HubServer();
        var nano = Path.Combine(Repository.Root, "assets", "litre-nano");
        foreach (var file in Directory.GetFiles(nano))
            hub.Add("Made/nano", Path.GetFileName(file), File.ReadAllBytes(file));
        var environment = new Dictionary<string, string?> { ["HF_ENDPOINT"] = hub.Address, ["HF_HOME"] = folder.File("hf") };
        var output = folder.File("models/nano");

        var planned = LitreProcess.RunWith(environment, "model", "get", "Made/nano", "--output", output, "--dry-run");
        Assert.True(planned.ExitCode == ExitCode.Success, planned.Error);
        Assert.Contains("would download", planned.Output);
        Assert.False(Directory.Exists(output));

        var get = LitreProcess.RunWith(environment, "model", "get", "Made/nano", "--output", output);
        Assert.True(get.ExitCode == ExitCode.Success, get.Error);
        Assert.Contains("downloaded and verified:", get.Output);
        var check = LitreProcess.Run("verify", "checkpoint", output);
        Assert.True(check.ExitCode == ExitCode.Success, check.Error);

        // The same files as the hub's own tools keep them.
        var snapshot = folder.File("hf/hub/models--Made--nano/snapshots/abc");
        Directory.CreateDirectory(Path.GetDirectoryName(snapshot)!);
        Directory.Move(output, snapshot);
        check = LitreProcess.Run("verify", "checkpoint", folder.File("hf/hub/models--Made--nano"));
        Assert.True(check.ExitCode == ExitCode.Success, check.Error);
    }

    [Fact]
    public void Get_NamesOfOtherKinds_AreExplained()
    {
        foreach (
            var (name, text) in new[] { ("Llama", "ORGANIZATION/NAME"), ("a/b/c", "ORGANIZATION/NAME"), ("../x", "ORGANIZATION/NAME") }
        )
        {
            var get = LitreProcess.Run("model", "get", name);
            Assert.Equal(ExitCode.BadInput, get.ExitCode);
            Assert.Contains(text, get.Error);
        }
        var offline = LitreProcess.RunWith(new() { ["HF_HUB_OFFLINE"] = "1" }, "model", "get", "4B");
        Assert.Contains("HF_HUB_OFFLINE is set", offline.Error);
        Assert.Equal(ExitCode.BadInput, offline.ExitCode);
    }

    [Fact]
    public void List_ForANamedMachine_SaysWhatFits()
    {
        var list = LitreProcess.Run("model", "list", "--machine", "4090", "--json");
        Assert.True(list.ExitCode == ExitCode.Success, list.Error);
        new JsonShape().Add(list.Output).AssertIs("model-list");
        var models = JsonDocument
            .Parse(list.Output)
            .RootElement.GetProperty("models")
            .EnumerateArray()
            .ToDictionary(m => m.GetProperty("name").GetString()!);
        Assert.True(models["Qwen3-VL-2B-Instruct"].GetProperty("fits").GetBoolean());
        Assert.False(models["Qwen3-VL-235B-A22B-Instruct"].GetProperty("fits").GetBoolean());
        // 4,437,815,808 on the hub's page
        Assert.InRange(models["Qwen3-VL-4B-Instruct"].GetProperty("parameters").GetInt64(), 4_400_000_000, 4_450_000_000);
    }
}
