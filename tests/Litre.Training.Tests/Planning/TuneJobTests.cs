using Litre.Core;
using Litre.Data.Tiles;
using Litre.Evaluation;
using Litre.Inference;
using Litre.Inference.Sampling;
using Litre.Planning;
using Litre.Reporting;
using Litre.Torch;
using Litre.Training.Telemetry;
using Litre.Training.Tests.Tuning;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Planning;

/// <summary>A run and its answers as a program has them, without the command line.</summary>
public sealed class TuneJobTests : IDisposable
{
    private readonly SmallRun _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Job_StoppedAndResumed_EndsWithItsResultAndFiles()
    {
        var recipe = _files.Settings("run") with { Comparison = new() { MaxNewTokens = 4 } };
        using (var stop = new CancellationTokenSource())
        {
            var stopping = new RecordingObserver(step =>
            {
                if (step.Step == 2)
                    stop.Cancel();
            });
            using var first = TuneJob.Open(recipe, stopping);
            Assert.Null(first.Plan.Refusal);
            Assert.Equal(TuneEndReason.Interrupted, first.Train(stop.Token).Reason);
            Assert.False(first.IsCompared);
            Assert.Null(first.Compare(TestContext.Current.CancellationToken));
        }
        var observer = new RecordingObserver();
        using var job = TuneJob.Open(Recipe.OfRun(recipe.Output)!, observer, new TuneJobOptions { Resume = true });
        var end = job.Train(TestContext.Current.CancellationToken);
        Assert.Equal((TuneEndReason.Finished, 6), (end.Reason, end.LastStep));
        Assert.Equal(3, observer.Start!.FirstStep);
        var result = job.Compare(TestContext.Current.CancellationToken);
        Assert.Same(job.Evaluation, result);
        Assert.NotEmpty(result!.Answers);
        Assert.Equal(Path.Combine(recipe.Output, ReportPage.FileName), RunReports.Write(job));
        string[] files =
        [
            Recipe.FileName,
            PlanJson.FileName,
            MetricsLog.FileName,
            TextLog.FileName,
            EvaluationFiles.ResultName,
            EvaluationFiles.AnswersName,
            ReportPage.FileName,
        ];
        Assert.All(files, name => Assert.True(File.Exists(Path.Combine(recipe.Output, name)), name));
        Assert.Contains("\"measured\"", File.ReadAllText(Path.Combine(recipe.Output, PlanJson.FileName)), StringComparison.Ordinal);
        Assert.Contains(observer.Messages, m => m.StartsWith("governor: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Job_NotTrained_LeavesNoFolder()
    {
        var recipe = _files.Settings("run");
        using (var job = TuneJob.Open(recipe, new RecordingObserver()))
        {
            Assert.True(Directory.Exists(recipe.Output));
            Assert.Throws<InvalidOperationException>(() => job.Run);
            Assert.Throws<InvalidOperationException>(() => RunReports.Write(job));
        }
        Assert.False(Directory.Exists(recipe.Output));
    }

    [Fact]
    public void Plan_OnAMachineWithoutMemory_SaysWhyItIsRefused()
    {
        using var job = TuneJob.Open(_files.Settings("run"), new RecordingObserver());
        var request = job.Plan.Request;
        var plan = job.Plan with { Request = request with { Machine = request.Machine with { FreeBytes = 1 << 20 } } };
        Assert.Contains("does not fit into memory", plan.Refusal, StringComparison.Ordinal);
        Assert.Contains("are missing", plan.Refusal, StringComparison.Ordinal);
        var disk = job.Plan with { Disk = job.Plan.Disk! with { FreeBytes = 0, ReclaimableBytes = 0 } };
        Assert.Contains("choose an `output` on a disk with more space", disk.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Complete_NothingButModelAndData_FollowsTheMachineAndStaysAsItIs()
    {
        var recipe = new TuneSettings
        {
            Model = _files.Model,
            Data = new() { Path = _files.Data },
            Engine = new() { Device = "cpu" },
        };
        var complete = TuneJob.Complete(recipe);
        Assert.Equal(DType.Float32, complete.Engine.DType);
        Assert.StartsWith(Path.Combine("runs", "data-"), complete.Output, StringComparison.Ordinal);
        Assert.Equal(complete, TuneJob.Complete(complete));
        Assert.Equal(
            DType.BFloat16,
            TuneJob
                .Complete(
                    recipe with
                    {
                        Engine = new() { Device = "cpu", DType = DType.BFloat16 },
                    }
                )
                .Engine.DType
        );
    }

    [Fact]
    public void Complete_ContradictingOrMissingSettings_NamesTheSetting()
    {
        var recipe = _files.Settings("run");
        var full = new TrainableSettings { Full = true, Targets = ["attention"] };
        (TuneSettings Settings, string? Setting)[] cases =
        [
            (recipe with { Model = "" }, "model"),
            (recipe with { Data = new() }, "data"),
            (recipe with { Trainable = new() { Freeze = ["vision"] } }, "freeze"),
            (recipe with { Trainable = full }, null),
            (recipe with { Data = recipe.Data with { TileAnswers = TileAnswers.Tile } }, "tile-answers"),
            (recipe with { Engine = new() { Device = "meta" } }, "device"),
        ];
        foreach (var (settings, setting) in cases)
            Assert.Equal(setting, Assert.Throws<InputException>(() => TuneJob.Complete(settings)).Setting);
    }

    [Fact]
    public void Ask_WithTheRunsAdapter_GivesTheAnswerInPieces()
    {
        var recipe = _files.Settings("run") with { Comparison = new() { When = EvaluationTime.None } };
        using (var job = TuneJob.Open(recipe, new RecordingObserver()))
            job.Train(TestContext.Current.CancellationToken);
        var messages = new List<string>();
        var settings = new SessionSettings(_files.Model) { Adapter = recipe.Output, Device = Device.Cpu };
        using var session = ModelSession.Open(settings, log: messages.Add);
        Assert.Contains(messages, m => m.Contains("its best adapter is used", StringComparison.Ordinal));

        var conversation = new Conversation();
        conversation.AddQuestion("Which part is number 3?", [Conversation.Image(Repository.Reference("images", "3_64x64.png"))]);
        var pieces = new List<string>();
        var answer = session.Ask(
            conversation,
            new GenerationSettings { MaxNewTokens = 6 },
            pieces.Add,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(answer.Text, string.Concat(pieces).TrimEnd());
        Assert.DoesNotContain("", pieces);
        Assert.InRange(answer.NewTokens, 1, 6);
        Assert.Equal(answer.NewTokens == 6, answer.IsCut);
        Assert.Equal(2, conversation.Turns);

        conversation.AddQuestion("And number 4?", []);
        Assert.Throws<InputException>(() =>
            session.Ask(conversation, new GenerationSettings { TopP = 0 }, cancel: TestContext.Current.CancellationToken)
        );
        Assert.Equal(3, conversation.Turns);
    }
}
