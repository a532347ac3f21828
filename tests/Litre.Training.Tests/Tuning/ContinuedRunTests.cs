using Litre.Core;
using Litre.Core.Files;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Tuning;

/// <summary>Runs that continue: with more steps, from an adapter, on data that were moved; and folders that are no place for one.</summary>
public sealed class ContinuedRunTests : IDisposable
{
    private readonly SmallRun _small = new("dense");

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Run_ContinuedWithMoreStepsOnMovedData_IsTheRunThatHadThemFromTheStart()
    {
        var whole = _small
            .Settings("whole")
            .Change(s =>
                s with
                {
                    Batches = s.Batches with { MaxSteps = 4 },
                    Optimizer = s.Optimizer with { Schedule = ScheduleKind.Constant, Warmup = 0 },
                }
            );
        var (end, _) = SmallRun.Train(whole, resume: false);
        var parts = whole with { Output = Path.Combine(_small.Folder, "parts") };
        SmallRun.Train(parts with { Batches = parts.Batches with { MaxSteps = 2 } }, resume: false);
        var (_, observer) = SmallRun.Train(parts with { Data = parts.Data with { Path = Copied("moved") } }, resume: true);
        Assert.Contains(observer.Messages, m => m.Contains("extended from 2 to 4 steps", StringComparison.Ordinal));
        var file = Path.Combine(end.LastCheckpoint!, "optimizer.safetensors");
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace("whole", "parts", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_ResumedOnOtherContent_SaysWhatDiffers(bool image)
    {
        var settings = _small.Settings("run").Change(s => s with { Batches = s.Batches with { MaxSteps = 2 } });
        SmallRun.Train(settings, resume: false, stopAfter: 1);
        var other = Copied("other");
        var images = Directory.GetFiles(other, "*.png").Order(StringComparer.Ordinal).ToArray();
        // Only its metadata: tokens and pixels are the same, the file is another.
        if (image)
            File.AppendAllText(images[0], "x");
        else
            File.WriteAllText(
                Path.Combine(other, "train.jsonl"),
                File.ReadAllText(Path.Combine(other, "train.jsonl")).Replace("?", "?!", StringComparison.Ordinal)
            );
        var failure = Assert.Throws<InputException>(() =>
            SmallRun.Train(settings with { Data = settings.Data with { Path = other } }, resume: true)
        );
        Assert.Contains("was trained on other samples", failure.Message);
        Assert.Contains("were removed or changed, the first is train.jsonl:", failure.Message);
    }

    [Fact]
    public void Run_BegunFromAnAdapter_StartsAtItsWeightsAndShape()
    {
        var first = _small
            .Settings("first")
            .Change(s =>
                s with
                {
                    Batches = s.Batches with { MaxSteps = 2 },
                    Trainable = s.Trainable with { LoraRank = 4, LoraAlpha = 6, Targets = ["q_proj", "down_proj"] },
                }
            );
        var (end, _) = SmallRun.Train(first, resume: false);
        var next = InitialAdapter.Apply(
            _small
                .Settings("next")
                .Change(s =>
                    s with
                    {
                        Trainable = s.Trainable with { Adapter = first.Output },
                        Batches = s.Batches with { MaxSteps = 1 },
                        Optimizer = s.Optimizer with { LearningRate = 0 },
                    }
                ),
            ["max-steps"],
            _ => { }
        );
        Assert.Equal((4, 6.0), (next.Trainable.LoraRank, next.Trainable.LoraAlpha));
        Assert.Equal(["q_proj", "down_proj"], next.Trainable.Targets);
        var (again, observer) = SmallRun.Train(next, resume: false);
        Assert.NotEmpty(observer.Validations);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(end.BestCheckpoint!, "adapter_model.safetensors")),
            File.ReadAllBytes(Path.Combine(again.LastCheckpoint!, "adapter_model.safetensors"))
        );

        Assert.Contains(
            "`lora-rank 8`: `adapter ",
            Assert
                .Throws<InputException>(() =>
                    InitialAdapter.Apply(next with { Trainable = next.Trainable with { LoraRank = 8 } }, ["lora-rank"], _ => { })
                )
                .Message
        );
        var narrower = Assert.Throws<InputException>(() =>
            SmallRun.Train(
                next with
                {
                    Output = Path.Combine(_small.Folder, "narrow"),
                    Trainable = next.Trainable with { Targets = ["q_proj"] },
                },
                resume: false
            )
        );
        Assert.Contains("`target`: names other modules than `adapter ", narrower.Message);
        Assert.False(Directory.Exists(Path.Combine(_small.Folder, "narrow")));
    }

    [Theory]
    [InlineData("data", "is `data ")]
    [InlineData("data/run", "is inside `data ")]
    [InlineData("link/run", "is inside `data ")]
    [InlineData("", "contains `data ")]
    [InlineData("model", "is `model ")]
    [InlineData("used", "is used for something else (it contains letter.txt")]
    [InlineData("model/config.json", "is a file")]
    public void Check_FolderThatIsNoPlaceForARun_IsRefusedByName(string output, string message)
    {
        Directory.CreateDirectory(Path.Combine(_small.Folder, "used"));
        File.WriteAllText(Path.Combine(_small.Folder, "used", "letter.txt"), "");
        Directory.CreateSymbolicLink(Path.Combine(_small.Folder, "link"), _small.Data);
        var settings = _small.Settings("x") with { Output = Path.Combine(_small.Folder, output) };
        var failure = Assert.Throws<InputException>(() => RunFolder.Check(settings));
        Assert.Contains(message, failure.Message);
    }

    [Fact]
    public void Check_NewEmptyOrInterruptedFolder_Passes()
    {
        RunFolder.Check(_small.Settings("new"));
        Directory.CreateDirectory(Path.Combine(_small.Folder, "new"));
        RunFolder.Check(_small.Settings("new"));
        File.WriteAllText(Path.Combine(_small.Folder, "new", Recipe.FileName), "");
        RunFolder.Check(_small.Settings("new"));
        Assert.True(FolderNesting.IsSameOrInside("/a/b", "/a/b/c"));
        Assert.False(FolderNesting.IsSameOrInside("/a/b", "/a/bc"));
    }

    private string Copied(string name)
    {
        var target = Path.Combine(_small.Folder, name);
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(_small.Data))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        return target;
    }
}
