using System.Text.Json.Nodes;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class VerifyReferenceCommandTests
{
    private const string Weights = "model.safetensors";
    private const string Adapter = "adapter_model.safetensors";

    /// <summary>What is done to a good directory, and what the one line must name.</summary>
    private static readonly Dictionary<string, (Action<DamagedReference> Damage, string[] Words)> Cases = new()
    {
        ["truncated safetensors"] = (d => DamagedReference.Truncate(d.In("model", Weights)), [Weights, "truncated", "again"]),
        ["header longer than the file"] = (d => DamagedReference.LengthenHeader(d.In("model", Weights)), [Weights, "header"]),
        ["overlapping offsets"] = (d => DamagedReference.EditHeader(d.In("model", Weights), Overlap), [Weights, "overlap"]),
        ["NaN in an adapter"] = (d => DamagedReference.PutNaN(d.In("adapter", Adapter)), [Adapter, "NaN", "element 0"]),
        ["missing shard"] = (d => DamagedReference.LoseShard(d.In("model")), ["model-00002-of-00002.safetensors", "missing"]),
        ["another model family"] = (
            d => DamagedReference.EditJson(d.In("model", "config.json"), c => c["model_type"] = "llama"),
            ["config.json", "llama", "qwen3_vl"]
        ),
        ["adapter for another width"] = (
            d => DamagedReference.EditHeader(d.In("adapter", Adapter), Narrow),
            [Adapter, "(8, 32)", "(4, 64)"]
        ),
        ["rank of zero"] = (
            d => DamagedReference.EditJson(d.In("adapter", "adapter_config.json"), c => c["r"] = 0),
            ["adapter_config.json", "r is 0"]
        ),
        ["dora"] = (
            d => DamagedReference.EditJson(d.In("adapter", "adapter_config.json"), c => c["use_dora"] = true),
            ["adapter_config.json", "use_dora"]
        ),
        ["no expected values"] = (d => File.Delete(d.In("expected.safetensors")), ["expected.safetensors"]),
    };

    public static TheoryData<string> CaseNames() => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void VerifyReference_DamagedInput_OneLineAndExitCodeTwo(string name)
    {
        using var reference = new DamagedReference();
        var (damage, words) = Cases[name];
        damage(reference);

        var litre = LitreProcess.Run("verify", "reference", reference.Folder, "--device", "cpu");

        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]+\n$", litre.Error);
        Assert.All(words, word => Assert.Contains(word, litre.Error));
        Assert.Empty(litre.Output);
    }

    [Fact]
    public void VerifyReference_GoodDirectory_PassesAndPrintsEveryQuantity()
    {
        var litre = LitreProcess.Run(
            "verify",
            "reference",
            Path.Combine(Repository.Root, "tests", "reference", "mixed"),
            "--device",
            "cpu"
        );
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains("17 of 17 quantities agree with the reference", litre.Output);
        Assert.Empty(litre.Error);
    }

    [Fact]
    public void VerifyReference_OtherWeights_FailsWithExitCodeOne()
    {
        using var reference = new DamagedReference();
        // Another value for the final norm's first weights: all shapes still fit.
        var path = reference.In("model", Weights);
        DamagedReference.EditHeader(
            path,
            header =>
            {
                var (a, b) = (header["model.language_model.norm.weight"]!, header["model.language_model.layers.0.input_layernorm.weight"]!);
                var offsets = a["data_offsets"]!.DeepClone();
                a["data_offsets"] = b["data_offsets"]!.DeepClone();
                b["data_offsets"] = offsets;
            }
        );

        var litre = LitreProcess.Run("verify", "reference", reference.Folder, "--device", "cpu");

        Assert.Equal(ExitCode.CheckFailed, litre.ExitCode);
        Assert.Contains("FAIL", litre.Output);
    }

    [Fact]
    public void VerifyReference_NoSuchDirectory_SaysSo()
    {
        var litre = LitreProcess.Run("verify", "reference", "/nowhere/at-all");
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: /nowhere/at-all: no such directory[^\n]*\n$", litre.Error);
    }

    private static void Overlap(JsonObject header)
    {
        var keys = header.Select(p => p.Key).Where(k => k != "__metadata__").OrderBy(k => (long)header[k]!["data_offsets"]![0]!).ToList();
        var (first, second) = (header[keys[0]]!["data_offsets"]!, header[keys[1]]!["data_offsets"]!);
        var size = (long)second[1]! - (long)second[0]!;
        second[0] = (long)first[0]!;
        second[1] = (long)first[0]! + size;
    }

    // The same bytes as twice the rank of half the width.
    private static void Narrow(JsonObject header)
    {
        var key = header.Select(p => p.Key).First(k => k.EndsWith("q_proj.lora_A.weight", StringComparison.Ordinal));
        header[key]!["shape"] = new JsonArray(8, 32);
    }
}
