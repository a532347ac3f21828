using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

/// <summary>
/// What commit a94a3f5 wrote, under tests/compatibility, stays usable. The numbers were bit for bit the same where they were
/// made; another processor rounds otherwise, by less than 1e-5 here.
/// </summary>
public sealed class CompatibilityTests : IDisposable
{
    private const double Rounding = 1e-4;

    private readonly TemporaryFolder _folder = new();

    public CompatibilityTests()
    {
        var source = Path.Combine(Repository.Root, "tests", "compatibility");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = In(Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Resume_OldAdapterRunKilledInTheMiddle_EndsAsTheOldProgramDid()
    {
        var litre = Run("tune", "--resume", "--output", "interrupted");

        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains("Resumes at step 13 of 24", litre.Output);
        AssertSameLosses("finished/metrics.jsonl", "interrupted/metrics.jsonl", 31);
        foreach (var file in (string[])["best/adapter_model.safetensors", "checkpoint-24/optimizer.safetensors"])
            AssertSameTensors($"finished/{file}", $"interrupted/{file}");
        AssertSameEvaluation("finished/evaluation.json", "interrupted/evaluation.json");
        // The folder's recipe gains what is new since, and keeps what it had.
        AssertHolds(Settings("finished/recipe.yaml", "output"), Settings("interrupted/recipe.yaml", "output"));
    }

    [Fact]
    public void Resume_OldFullRunKilledInTheMiddle_EndsAsTheOldProgramDid()
    {
        var litre = Run("tune", "--resume", "--output", "full");

        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains("Resumes at step 5 of 8", litre.Output);
        AssertSameLosses("full/expected.jsonl", "full/metrics.jsonl", 11);
        var asked = Run("ask", "--model", "full/best", "--image", "data/0.png", "--max-new-tokens", "2", "--device", "cpu", "Which?");
        Assert.Equal(ExitCode.Success, asked.ExitCode);
    }

    [Fact]
    public void Resume_OldFinishedRun_SaysThatNothingIsLeftAndKeepsItsNumbers()
    {
        var before = File.ReadAllBytes(In("finished/checkpoint-24/optimizer.safetensors"));
        var litre = Run("tune", "--resume", "--output", "finished");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Equal(before, File.ReadAllBytes(In("finished/checkpoint-24/optimizer.safetensors")));
    }

    [Fact]
    public void Resume_OldRunWhoseDataAreReadOtherwise_NamesItsVersionAndWhatToDo()
    {
        var rows = In("data/rows.jsonl");
        File.WriteAllText(rows, File.ReadAllText(rows).Replace("green", "greenish", StringComparison.Ordinal));
        var litre = Run("tune", "--resume", "--output", "interrupted");
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Contains("checkpoint-12: was trained on other samples than --data data provides now", litre.Error);
        Assert.Contains("Litre 0.1.0+a94a3f5, which wrote the checkpoint, read them differently: continue with that version", litre.Error);
    }

    [Fact]
    public void Watch_OldRuns_ShowsHowFarTheyAre()
    {
        var litre = Run("watch", "--once", "--run", "finished", "--run", "interrupted", "--run", "full");
        Assert.Equal((ExitCode.Success, ""), (litre.ExitCode, litre.Error));
        Assert.Matches(@"finished +finished +24/24 +4\.7801 +4\.9404", litre.Output);
        Assert.Matches(@"interrupted +stopped +13/24 +5\.2965 +5\.1809", litre.Output);
        Assert.Matches(@"full +stopped +5/8 +4\.2837 +4\.5604", litre.Output);
    }

    [Theory]
    [InlineData("finished")] // a run: its best adapter
    [InlineData("adapter")] // the same, exported
    public void Eval_OldAdapter_GivesTheOldNumbers(string adapter)
    {
        var litre = Eval("--model", "model", "--adapter", adapter);
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        AssertSameEvaluation("finished/evaluation.json", "evaluated/evaluation.json");
        // Its base had no fingerprint then: that it cannot be checked is said, not passed over.
        Assert.Contains("has no fingerprint of its base", litre.Error);
    }

    [Fact]
    public void Eval_OldMergedCheckpoint_HasTheLossOfItsAdapter()
    {
        Assert.Equal(ExitCode.Success, Eval("--model", "merged").ExitCode);
        var expected = Rows("finished/evaluation.json")["loss all "].GetProperty("tuned").GetProperty("mean").GetDouble();
        var actual = Rows("evaluated/evaluation.json")["loss all "].GetProperty("base").GetProperty("mean").GetDouble();
        Assert.Equal(expected, actual, Rounding);
    }

    [Fact]
    public void Ask_OldAdapterAndOldMergedCheckpoint_AnswerTheSame()
    {
        string[] rest = ["--image", "data/0.png", "--max-new-tokens", "4", "--device", "cpu", "Which colour is it?"];
        var adapter = Run(["ask", "--model", "model", "--adapter", "adapter", .. rest]);
        var merged = Run(["ask", "--model", "merged", .. rest]);
        Assert.Equal((ExitCode.Success, ExitCode.Success), (adapter.ExitCode, merged.ExitCode));
        Assert.NotEmpty(adapter.Output.Trim());
        Assert.Equal(adapter.Output, merged.Output);
    }

    [Fact]
    public void Features_OfTheOldProgram_AreSaidToBeMadeAgainOnce()
    {
        var old = Features();
        Assert.Equal(8, old.Length);
        var first = Eval("--model", "model");
        Assert.Equal(ExitCode.Success, first.ExitCode);
        Assert.Single(first.Error.Split('\n'), line => line.Contains("features that an earlier version of Litre wrote are not used"));
        var made = Features();
        Assert.Superset(old.ToHashSet(), made.ToHashSet());
        Assert.True(made.Length > old.Length);

        Directory.Delete(In("evaluated"), recursive: true);
        Assert.DoesNotContain("an earlier version", Eval("--model", "model").Error);
        Assert.Equal(made, Features());

        string[] Features() => [.. Directory.EnumerateFiles(In("features"), "*", SearchOption.AllDirectories).Order()];
    }

    [Fact]
    public void Recipe_EverySettingOfTheOldProgram_IsReadAndKept()
    {
        var litre = Run("tune", "--recipe", "every-setting.yaml", "--output", "again");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        var old = Settings("every-setting.yaml", "output");
        Assert.Equal(50, old.Count);
        AssertHolds(old, Settings("again/recipe.yaml", "output"));
    }

    private LitreProcess Run(params string[] arguments) => LitreProcess.RunIn(_folder.Path, arguments);

    private LitreProcess Eval(params string[] rest) =>
        Run([
            "eval",
            "--data",
            "data",
            "--seed",
            "7",
            "--validation-share",
            "0.25",
            "--max-new-tokens",
            "4",
            "--device",
            "cpu",
            "--feature-folder",
            "features",
            "--output",
            "evaluated",
            .. rest,
        ]);

    private string In(string path) => _folder.File(path);

    private void AssertSameLosses(string expected, string actual, int count)
    {
        var (old, now) = (Losses(expected), Losses(actual));
        Assert.Equal(count, old.Count);
        Assert.Equal(old.Keys.Order(), now.Keys.Order());
        foreach (var (key, loss) in old)
            Assert.Equal(loss, now[key], Rounding);
    }

    private Dictionary<string, double> Losses(string metrics)
    {
        var losses = new Dictionary<string, double>();
        foreach (var line in File.ReadLines(In(metrics)))
        {
            using var json = JsonDocument.Parse(line);
            var record = json.RootElement;
            if (record.TryGetProperty("loss", out var loss))
                losses[$"{record.GetProperty("type").GetString()} {record.GetProperty("step").GetInt32()}"] = loss.GetDouble();
        }
        return losses;
    }

    // Both files hold float32 tensors of the same names, sizes and order.
    private void AssertSameTensors(string expected, string actual)
    {
        var (old, now) = (File.ReadAllBytes(In(expected)), File.ReadAllBytes(In(actual)));
        var start = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(old);
        Assert.Equal(old.AsSpan(0, start), now.AsSpan(0, start));
        var values = MemoryMarshal.Cast<byte, float>(old.AsSpan(start));
        var others = MemoryMarshal.Cast<byte, float>(now.AsSpan(start));
        Assert.Equal(values.Length, others.Length);
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(values[i], others[i], (float)Rounding);
    }

    /// <summary>Metrics may be new since; those that there were have the same names and numbers.</summary>
    private void AssertSameEvaluation(string expected, string actual)
    {
        var (old, now) = (Rows(expected), Rows(actual));
        Assert.Contains("loss all ", old.Keys);
        foreach (var (key, row) in old)
        {
            Assert.Equal(row.GetProperty("verdict").GetString(), now[key].GetProperty("verdict").GetString());
            Assert.Equal(row.GetProperty("samples").GetInt32(), now[key].GetProperty("samples").GetInt32());
            foreach (var side in (string[])["base", "tuned", "difference"])
                Assert.Equal(Mean(row, side), Mean(now[key], side), Rounding);
            Assert.Equal(row.GetProperty("p_value").GetDouble(), now[key].GetProperty("p_value").GetDouble(), Rounding);
        }

        static double Mean(JsonElement row, string side) => row.GetProperty(side).GetProperty("mean").GetDouble();
    }

    private Dictionary<string, JsonElement> Rows(string evaluation)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(In(evaluation)));
        return json
            .RootElement.GetProperty("rows")
            .EnumerateArray()
            .ToDictionary(r => $"{r.GetProperty("metric")} {r.GetProperty("group")} {r.GetProperty("name")}", r => r.Clone());
    }

    private Dictionary<string, string> Settings(string recipe, string except) =>
        File.ReadLines(In(recipe))
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(": ", 2))
            .Where(pair => pair[0] != except)
            .ToDictionary(pair => pair[0], pair => pair[1]);

    private static void AssertHolds(Dictionary<string, string> expected, Dictionary<string, string> actual)
    {
        foreach (var (name, value) in expected)
            Assert.Equal((name, value), (name, actual.GetValueOrDefault(name)));
    }
}
