using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class TuneCommandTests : IDisposable
{
    private const int Kills = 20; // the soak under benchmarks/ takes 200

    private readonly SmallCheckpoint _small = new("moe");

    public TuneCommandTests() => _small.AddRows("rows.jsonl", 15);

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Tune_SmallCheckpoint_TrainsComparesAndSaysWhatIsNext()
    {
        var litre = LitreProcess.Run(Arguments("run", "--max-steps", "3", "--max-new-tokens", "4"));

        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains("step 3/3", litre.Output);
        Assert.Contains("litre ask --model", litre.Output);
        // The plan comes before anything is loaded, and at the end stands what became of it.
        Assert.Matches(@"(?s)^== Planning\n.*Fits: at most .*== Tuning\n.*planned +measured", litre.Output);
        foreach (
            var name in (string[])
                [
                    "recipe.yaml",
                    "plan.json",
                    "metrics.jsonl",
                    "log.txt",
                    "answers.jsonl",
                    "evaluation.json",
                    "report.html",
                    "best/adapter_model.safetensors",
                ]
        )
            Assert.True(File.Exists(Path.Combine(_small.In("run"), name)), name);
        Assert.Single(Directory.EnumerateFiles(_small.In("run"), "events.out.tfevents.*"));
    }

    [Fact]
    public void Tune_ResumedInVain_KeepsItsRecipeAndItsPlan()
    {
        Assert.Equal(
            ExitCode.Success,
            LitreProcess.Run(Arguments("run", "--max-steps", "1", "--eval", "none", "--max-pixels", "16384")).ExitCode
        );
        string[] kept = ["recipe.yaml", "plan.json"];
        var before = kept.Select(f => File.ReadAllText(Path.Combine(_small.In("run"), f))).ToList();
        var other = _small.In("other.jsonl");
        var rows = Directory.EnumerateFiles(_small.Data, "rows.jsonl").Single();
        File.WriteAllText(other, File.ReadAllText(rows).Replace("number 3", "number 33"));
        var refused = LitreProcess.Run(
            "tune",
            "--resume",
            "--output",
            _small.In("run"),
            "--data",
            other,
            "--image-root",
            _small.Data,
            "--max-steps",
            "5"
        );
        Assert.Equal(ExitCode.BadInput, refused.ExitCode);
        Assert.Contains("was trained on other samples", refused.Error);
        Assert.Equal(before, kept.Select(f => File.ReadAllText(Path.Combine(_small.In("run"), f))));
        var resumed = LitreProcess.Run("tune", "--resume", "--output", _small.In("run"), "--max-steps", "2");
        Assert.Contains("max-steps: 2", File.ReadAllText(Path.Combine(_small.In("run"), "recipe.yaml")));
        // How images are read belongs to the commands that go on with it.
        Assert.Matches(@"litre eval .* --max-pixels 16384 --seed", resumed.Output);
    }

    [Fact]
    public async Task Tune_TwoAtOnceInOneFeatureFolder_TrainTheSame()
    {
        string[] options = ["--max-steps", "3", "--eval", "none", "--feature-cache", "0"];
        var alone = LitreProcess.Run(Arguments("alone", [.. options, "--feature-disk", "0"]));
        Assert.Contains("Image features are not cached: the vision tower runs for every image in every pass.", alone.Output);
        string[] names = ["one", "two"];
        var both = await Task.WhenAll(
            names.Select(name =>
                Task.Run(
                    () => LitreProcess.Run(Arguments(name, [.. options, "--feature-folder", _small.In("features")])),
                    TestContext.Current.CancellationToken
                )
            )
        );
        foreach (var (litre, name) in both.Zip(names))
        {
            Assert.Equal((ExitCode.Success, ""), (litre.ExitCode, litre.Error));
            Assert.Contains("kept on disk", litre.Output);
            Assert.Contains($"cached in {_small.In("features")} (at most 20.0 GiB)", litre.Output);
            Assert.Equal(Trained("alone"), Trained(name));
        }
        Assert.Equal(5, Directory.GetFiles(_small.In("features"), "*", SearchOption.AllDirectories).Length);

        byte[] Trained(string name) => File.ReadAllBytes(Path.Combine(_small.In(name), "checkpoint-3", "optimizer.safetensors"));
    }

    [Fact]
    public void Tune_RateFarTooHigh_ExitsWithTwoNamesItAndWritesTheReport()
    {
        var litre = LitreProcess.Run(
            Arguments("wild", "--max-steps", "12", "--learning-rate", "1e12", "--validation-steps", "3", "--report-language", "zh")
        );
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Contains("Warning: 12 steps are too few to learn from", litre.Output);
        Assert.Contains("the run has diverged", litre.Output);
        Assert.DoesNotContain("best so far", litre.Output);
        Assert.DoesNotContain("go on with", litre.Output, StringComparison.OrdinalIgnoreCase); // it would only diverge again
        Assert.Matches(
            @"^litre: step \d+: diverged: [^\n]*--learning-rate 1e12 is likely too high[^\n]*\n$",
            litre.Error[litre.Error.IndexOf("litre: ", StringComparison.Ordinal)..]
        );
        var page = File.ReadAllText(Path.Combine(_small.In("wild"), "report.html"));
        Assert.Contains("<html lang=\"zh-CN\">", page);
        Assert.Contains("<p class=\"verdict worse\">训练已发散", page);
        Assert.Contains("\"reason\":\"diverged\"", File.ReadAllText(Path.Combine(_small.In("wild"), "metrics.jsonl")));
    }

    [Fact]
    public void Tune_RequireBetterWithoutProof_ExitsWithOneAndKeepsTheRun()
    {
        var litre = LitreProcess.Run(
            Arguments("unproven", "--max-steps", "1", "--learning-rate", "1e-9", "--max-new-tokens", "4", "--require-better")
        );
        Assert.Equal(ExitCode.CheckFailed, litre.ExitCode);
        Assert.Contains("not proven better", litre.Output);
        Assert.Matches(@"expected +│", litre.Output); // answers before and after
        Assert.True(File.Exists(Path.Combine(_small.In("unproven"), "best", "adapter_model.safetensors")));
    }

    [Fact]
    public void Tune_Full_ComparesTwoCheckpointsAndTheBestOneAnswers()
    {
        var litre = LitreProcess.Run(Arguments("full", "--full", "--max-steps", "2", "--learning-rate", "1e-3", "--max-new-tokens", "4"));
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        var evaluation = JsonDocument.Parse(File.ReadAllText(Path.Combine(_small.In("full"), "evaluation.json"))).RootElement;
        Assert.True(evaluation.GetProperty("compared").GetBoolean());
        var best = Path.Combine(_small.In("full"), "best");
        Assert.True(File.Exists(Path.Combine(best, "model.safetensors")));
        var image = Directory.EnumerateFiles(_small.Data, "*.png", SearchOption.AllDirectories).First();
        Assert.Equal(
            ExitCode.Success,
            LitreProcess.Run("ask", "--model", best, "--image", image, "--max-new-tokens", "2", "--device", "cpu", "What?").ExitCode
        );
    }

    [Theory]
    [InlineData("--model: is missing; give the checkpoint folder", "--data", "x")]
    [InlineData("--lora-rank 0: expected a whole number, 1 or more", "--model", "m", "--data", "d", "--lora-rank", "0")]
    [InlineData("--model ./gone/far: no such folder; give the folder of a model as downloaded", "--model", "./gone/far", "--data", "x")]
    [InlineData("--epochs 0: expected a number above 0", "--model", "m", "--data", "d", "--epochs", "0")]
    [InlineData("--resume: gone does not exist; give the run's folder", "--resume", "--output", "gone")]
    [InlineData("--freeze vision: adapters train none of the model's own weights", "--model", ".", "--data", ".", "--freeze", "vision")]
    [InlineData("--feature-disk lots: expected a size such as 20GiB, or 0", "--feature-disk", "lots")]
    [InlineData("--target none_such: matches no module", "--target", "none_such")]
    [InlineData("--mirror /proc/none_such: cannot be created", "--mirror", "/proc/none_such")]
    [InlineData("--full and --lora-rank 8: ", "--model", "MODEL", "--data", "x", "--full", "--lora-rank", "8")]
    [InlineData("--mirror a/../b: is the run folder", "--model", "MODEL", "--data", "x", "--output", "b", "--mirror", "a/../b")]
    [InlineData("--resume: needs --output", "--resume")]
    [InlineData("--recipe /nowhere.yaml: no such file", "--recipe", "/nowhere.yaml")]
    public void Tune_BadInput_OneLineAndExitCodeTwo(string message, params string[] arguments)
    {
        var all = arguments.Any(a => a.EndsWith("none_such", StringComparison.Ordinal))
            ? [.. Arguments("bad"), .. arguments]
            : (string[])["tune", .. arguments];
        var litre = LitreProcess.Run(all);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]+\n$", litre.Error);
        Assert.Contains(message, litre.Error);
    }

    [Fact]
    public void Tune_ResumeWithOtherNumbers_IsRefused()
    {
        Assert.Equal(ExitCode.Success, LitreProcess.Run(Arguments("fixed", "--max-steps", "1", "--eval", "none")).ExitCode);
        var litre = LitreProcess.Run("tune", "--resume", "--output", _small.In("fixed"), "--learning-rate", "0.5");
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Contains("--learning-rate 0.5: the run in", litre.Error);
    }

    [Fact]
    public void Tune_KilledAtRandomMoments_EndsWithTheSameBytes()
    {
        // A checkpoint after every step: many a kill falls into the writing of one.
        string[] rest =
        [
            "--max-steps",
            "30",
            "--save-steps",
            "1",
            "--eval",
            "none",
            "--lora-dropout",
            "0.1",
            "--keep",
            "1",
            "--validation-steps",
            "10",
        ];
        Assert.Equal(ExitCode.Success, LitreProcess.Run(Arguments("whole", rest)).ExitCode);
        var random = new Random(1);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = LitreProcess.Start([.. Arguments("killed", rest), "--resume"]);
            if (!process.WaitForExit(random.Next(300, 1500)))
                process.Kill();
            process.WaitForExit();
        }
        Assert.Equal(ExitCode.Success, LitreProcess.Run([.. Arguments("killed", rest), "--resume"]).ExitCode);

        foreach (var file in (string[])["adapter_model.safetensors", "optimizer.safetensors"])
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(_small.In("whole"), "checkpoint-30", file)),
                File.ReadAllBytes(Path.Combine(_small.In("killed"), "checkpoint-30", file))
            );
        }
    }

    private string[] Arguments(string run, params string[] rest) => _small.TuneArguments(run, rest);
}
