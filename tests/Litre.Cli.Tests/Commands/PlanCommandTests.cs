using System.Diagnostics;
using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class PlanCommandTests : IDisposable
{
    private static readonly string[] Described = ["--samples", "1400", "--image", "1024x768", "--text-tokens", "120"];

    private readonly SmallCheckpoint _small = new("moe");

    public PlanCommandTests() => _small.AddRows("rows.jsonl", 15);

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Plan_30BOn24GiB_SaysNoWhyAndWhatFits()
    {
        var clock = Stopwatch.StartNew();
        var litre = Plan("--model", Config("Qwen3-VL-30B-A3B-Instruct"), "--machine", "4090");
        Assert.Equal(ExitCode.CheckFailed, litre.ExitCode);
        Assert.Matches(
            @"Does not fit: \w+ needs \d+\.\d GiB; 23\.5 GiB are free, of which 0\.5 GiB stay reserved\. \d+\.\d GiB are missing\.",
            litre.Output
        );
        Assert.Contains("The weights alone need 57.9 GiB.", litre.Output);
        Assert.Matches(@"\d GiB  Qwen3-VL-8B-Instruct", litre.Output);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
    }

    [Fact]
    public void Plan_30BOnGb10_SaysYesWithItsSettings()
    {
        var litre = Plan("--model", "Qwen/Qwen3-VL-30B-A3B-Instruct", "--machine", "gb10");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains("Fits: at most", litre.Output);
        Assert.Contains("Settings: passes of 8,192 tokens, 1 per step", litre.Output);
        Assert.Matches(@"Time: about \d", litre.Output);
    }

    [Fact]
    public void Plan_Json_TellsPhasesSettingsAndTensors()
    {
        var litre = Plan(
            "--model",
            "8B",
            "--machine",
            "h100",
            "--target",
            "attention",
            "--micro-batch-tokens",
            "4096",
            "--recompute",
            "10",
            "--explain",
            "--json"
        );
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        using var plan = JsonDocument.Parse(litre.Output);
        var root = plan.RootElement;
        Assert.True(root.GetProperty("fits").GetBoolean());
        Assert.Equal(10, root.GetProperty("settings").GetProperty("recomputed_layers").GetInt32());
        Assert.Equal(4096, root.GetProperty("settings").GetProperty("micro_batch_tokens").GetInt32());
        Assert.Equal(6, root.GetProperty("phases").GetArrayLength());
        foreach (var phase in root.GetProperty("phases").EnumerateArray())
            Assert.Equal(
                phase.GetProperty("tensor_bytes").GetInt64(),
                phase.GetProperty("parts").EnumerateObject().Sum(p => p.Value.GetInt64())
            );
        Assert.Equal(
            root.GetProperty("peak_bytes").GetInt64(),
            root.GetProperty("phases").EnumerateArray().Max(p => p.GetProperty("total_bytes").GetInt64())
        );
        Assert.Contains(
            "Linear.new in DenseFeedForward",
            root.GetProperty("tensors").EnumerateArray().Select(t => t.GetProperty("origin").GetString())
        );
    }

    [Fact]
    public void Plan_RealDataOnThisMachine_FitsAndMeasuresRates()
    {
        var litre = LitreProcess.Run("plan", "--model", _small.Model, "--data", _small.Data, "--device", "cpu", "--explain");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains("float32", litre.Output);
        Assert.Contains("Rates: measured on this machine just now.", litre.Output);
        Assert.Contains("largest tensors at the peak", litre.Output);
    }

    [Fact]
    public void Plan_TooLittleMemoryHere_IsCountedFromTheUsersWord()
    {
        var litre = LitreProcess.Run(
            "plan",
            "--model",
            _small.Model,
            "--data",
            _small.Data,
            "--device",
            "cpu",
            "--memory",
            "512MiB",
            "--json"
        );
        Assert.Equal(ExitCode.CheckFailed, litre.ExitCode);
        using var plan = JsonDocument.Parse(litre.Output);
        Assert.Equal(512L << 20, plan.RootElement.GetProperty("machine").GetProperty("free_bytes").GetInt64());
        Assert.True(plan.RootElement.GetProperty("missing_bytes").GetInt64() > 0);
        Assert.Contains("raise --epochs or --max-steps, or lower --micro-batch-tokens", litre.Output);
        Assert.DoesNotContain('`', litre.Output);
    }

    [Theory]
    [InlineData("--model: is missing; give the checkpoint folder")]
    [InlineData("--model nowhere: is not a folder, a file or the name of a published model", "--model", "nowhere")]
    [InlineData("--data: is missing; give the data to plan for", "--model", "8B")]
    [InlineData("--data x: its tokens are counted with the model's tokenizer", "--model", "8B", "--data", "x")]
    [InlineData("--data x and --samples", "--model", "8B", "--data", "x", "--samples", "3")]
    [InlineData("--samples 0: expected 1 to", "--model", "8B", "--machine", "h100", "--samples", "0")]
    [InlineData("--image 10by20: expected width and height", "--model", "8B", "--machine", "h100", "--samples", "3", "--image", "10by20")]
    [InlineData(
        "--text-tokens 3: expected at least 4",
        "--model",
        "8B",
        "--machine",
        "h100",
        "--samples",
        "3",
        "--image",
        "64x64",
        "--text-tokens",
        "3"
    )]
    [InlineData("--machine tpu: is not a known machine; choose one of gb10", "--model", "8B", "--samples", "3", "--machine", "tpu")]
    [InlineData("--memory lots: expected an amount", "--model", "8B", "--samples", "3", "--memory", "lots")]
    [InlineData("--device cpu and --machine h100", "--model", "8B", "--samples", "3", "--machine", "h100", "--device", "cpu")]
    [InlineData("--recompute half: expected auto, none, all or a number", "--model", "8B", "--samples", "3", "--recompute", "half")]
    [InlineData("--target experts: matches no module", "--model", "8B", "--samples", "3", "--machine", "h100", "--target", "experts")]
    public void Plan_BadInput_OneLineAndExitCodeTwo(string message, params string[] arguments)
    {
        var litre = LitreProcess.Run(["plan", .. arguments]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]+\n$", litre.Error);
        Assert.Contains(message, litre.Error);
    }

    [Fact]
    public void Plan_TokenizerOfAnotherModel_OneLineNamesBothFiles()
    {
        File.Copy(Config("Qwen3-VL-2B-Instruct"), Path.Combine(_small.Model, "config.json"), overwrite: true);
        File.Delete(Path.Combine(_small.Model, "model.safetensors"));
        var litre = LitreProcess.Run("plan", "--model", _small.Model, "--data", _small.Data, "--machine", "h100");
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]*image_token_id[^\n]*the files belong to different models[^\n]*\n$", litre.Error);
    }

    private static string Config(string name) => Path.Combine(Repository.Root, "tests", "configs", name + ".json");

    private static LitreProcess Plan(params string[] arguments) => LitreProcess.Run(["plan", .. arguments, .. Described]);
}
