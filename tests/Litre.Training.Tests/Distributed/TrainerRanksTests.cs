using Litre.Inference.Features;
using Litre.Model;
using Litre.Torch;
using Litre.Training.Checkpoints;
using Litre.Training.Steps;
using Litre.Training.Tests.Tuning;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Distributed;

/// <summary>Two ranks take the run that one rank would take: they stop together, and the first writes for both.</summary>
public sealed class TrainerRanksTests : IDisposable
{
    private readonly SmallRun _small = new();

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Run_TwoRanksOfWhichOneIsStopped_EndTogetherAndWriteWhatOneRankWrites()
    {
        // Modules whose gradients are added as they are: others are added within a product, which rounds otherwise.
        var alone = _small
            .Settings("alone")
            .Change(s =>
                s with
                {
                    Batches = s.Batches with { MicroBatchTokens = 250 },
                    Trainable = s.Trainable with { Targets = ["q_proj", "k_proj", "v_proj"] },
                }
            );
        var shared = alone with { Output = Path.Combine(_small.Folder, "shared") };
        var (expected, told) = SmallRun.Train(alone, resume: false);

        List<StepRecord> steps = [];
        foreach (var stopAfter in (int[])[3, int.MaxValue])
        {
            var ends = Train(shared, stopAfter);
            Assert.Equal(stopAfter == 3 ? TuneEndReason.Interrupted : TuneEndReason.Finished, ends[0].End.Reason);
            Assert.Equal(ends[0].End, ends[1].End);
            Assert.Equal(ends[0].Observer.Steps.Select(Numbers), ends[1].Observer.Steps.Select(Numbers));
            Assert.Equal(ends[0].Observer.Validations.Select(v => v.Loss), ends[1].Observer.Validations.Select(v => v.Loss));
            steps.AddRange(ends[0].Observer.Steps);
        }

        Assert.Equal(told.Steps.Select(Numbers), steps.Select(Numbers));
        Assert.Equal(expected.BestLoss!.Value, CheckpointLoss(shared), 1e-6);
        foreach (var file in Directory.EnumerateFiles(expected.LastCheckpoint!, "*.safetensors"))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace("alone", "shared", StringComparison.Ordinal)));
    }

    private static (int, double, double, int, int) Numbers(StepRecord s) => (s.Step, s.Loss, s.GradientNorm, s.Tokens, s.AnswerTokens);

    private static double CheckpointLoss(TuneSettings settings) => HeldOutMetrics.Read(Path.Combine(settings.Output, "best"))!.Loss;

    // The second rank alone is asked to stop.
    private static (TuneEnd End, RecordingObserver Observer)[] Train(TuneSettings settings, int stopAfter)
    {
        using var run = SmallRun.Open(settings, resume: true, _ => { });
        return ThreadRanks.Run(
            2,
            ranks =>
            {
                using var stop = new CancellationTokenSource();
                var observer = new RecordingObserver(step =>
                {
                    if (ranks.Rank == 1 && step.Step == stopAfter)
                        stop.Cancel();
                });
                using var model = ModelFiles.Load(settings.Model, settings.Engine.DType, Device.Cpu);
                TrainablePart.Prepare(model, settings.Trainable, settings.Seed, settings.Model);
                using var features = new FeatureCache(model, settings.Features.CacheBytes);
                var reader = new SampleReader(run.Encoder, features);
                using var steps = new PreparedSteps(run.Steps.Train, run.HeldOut, model.Config, settings.Batches, settings.Seed, reader);
                var store = new CheckpointStore(settings.Output, settings.Checkpoints.Keep, null);
                using var trainer = new Trainer(
                    settings,
                    model,
                    steps,
                    new HeldOutSamples(run.HeldOut, reader),
                    features,
                    store,
                    observer,
                    stop.Token
                )
                {
                    Ranks = ranks,
                };
                if (store.Latest(Assert.Fail) is { } checkpoint)
                    trainer.Resume(checkpoint);
                return (trainer.Run(), observer);
            }
        );
    }
}
