using System.Diagnostics;
using System.Globalization;
using Litre.Core;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Machine.Governing;
using Litre.Machine.Sensors;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Training.Checkpoints;

namespace Litre.Training.Tuning;

/// <summary>
/// The training loop: steps over packed micro-batches, validation, checkpoints. A run that is killed anywhere and resumed
/// computes the same numbers as one that was not, bit for bit on the CPU.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly TuneSettings _settings;
    private readonly CausalModel _model;
    private readonly RunSamples _samples;
    private readonly FeatureCache _features;
    private readonly CheckpointStore _store;
    private readonly ITuneObserver _observer;
    private readonly CancellationToken _stop;
    private readonly TrainingOrder _order;
    private readonly LearningRateSchedule _schedule;
    private readonly TrainingStep _step;
    private readonly DivergenceDetector _watch;
    private readonly SampleIndex _index;
    private readonly string _fingerprint;
    private readonly CheckpointSpaceGuard _room;
    private TrainerState _state = new();
    private HeldOutMetrics? _heldOut;
    private string? _lastCheckpoint;
    private int _savedStep;

    /// <param name="settings">The recipe.</param>
    /// <param name="model">With what is to be trained marked (see <see cref="TrainablePart"/>). Borrowed.</param>
    /// <param name="samples">Borrowed.</param>
    /// <param name="features">Packs their images; borrowed.</param>
    /// <param name="store">Where checkpoints go.</param>
    /// <param name="observer">Told all that happens.</param>
    /// <param name="stop">Asks the run to end after a step.</param>
    public Trainer(
        TuneSettings settings,
        CausalModel model,
        RunSamples samples,
        FeatureCache features,
        CheckpointStore store,
        ITuneObserver observer,
        CancellationToken stop
    )
    {
        (_settings, _model, _samples, _features, _store, _observer, _stop) = (settings, model, samples, features, store, observer, stop);
        if (samples.Train.Count == 0)
            throw new InputException("data", settings.Data.Path, "no sample is left to train on", "lower `validation-share`");
        _order = new TrainingOrder([.. samples.Train.Select(SampleLoader.Outline)], model.Config, settings.Batches, settings.Seed);
        _schedule = new LearningRateSchedule(
            settings.Optimizer.LearningRate,
            settings.Optimizer.Schedule,
            LearningRateSchedule.WarmupSteps(settings.Optimizer.Warmup, _order.TotalSteps),
            _order.TotalSteps
        );
        _step = new TrainingStep(settings, model) { Features = features };
        _watch = new DivergenceDetector(settings, _order.TotalSteps, samples.Validation.Count > 0);
        _index = SampleIndex.Of(samples);
        _fingerprint = _index.Fingerprint;
        _room = new CheckpointSpaceGuard(store.RunFolder, settings.Checkpoints.DiskWaitSeconds, features.Disk, observer.OnMessage, stop);
    }

    /// <summary>What the machine reported last, for the step's record.</summary>
    public Func<MachineReading?>? Machine { get; init; }

    /// <summary>Asked after every step what the machine needs; null for a run that nobody governs.</summary>
    public GovernorLink? Governor
    {
        get => _step.Governor;
        init => _step.Governor = value;
    }

    public int TotalSteps => _order.TotalSteps;

    private string Rounding => ModelKernels.Fingerprint(_model.DType, _model.Device, _model.Kernels.Options);

    // How data are read may change between versions; then the data need not have been touched.
    private static string OtherReader(string folder)
    {
        const int CommitLetters = 7;
        if (
            CheckpointManifest.Read(folder, out _)?.LitreVersion is not { Length: > 0 } version
            || version == CheckpointManifest.ThisVersion
        )
            return "";
        var commit = version.IndexOf('+', StringComparison.Ordinal);
        var name = commit < 0 ? version : version[..Math.Min(version.Length, commit + 1 + CommitLetters)];
        return $"if the data are as they were, Litre {name}, which wrote it, read them otherwise: go on with that version; else ";
    }

    /// <summary>Goes on after a checkpoint.</summary>
    /// <exception cref="InputException">It belongs to other data or another recipe.</exception>
    public void Resume(StoredCheckpoint checkpoint)
    {
        _state = RunFiles.Read(checkpoint.Folder, _step.Gradients, _step.Optimizer);
        if (_state.DataFingerprint != (SampleIndex.IsOwn(_state.DataFingerprint) ? _fingerprint : _samples.TokenFingerprint()))
        {
            var difference = _index.DescribeDifference(_store.RunFolder) is { } found ? $" ({found})" : "";
            throw new InputException(
                $"{checkpoint.Folder}: was trained on other samples than {SettingName.Quote("data", _settings.Data.Path)} gives "
                    + $"now{difference}; {OtherReader(checkpoint.Folder)}restore the data, or start a new run with another `output`"
            );
        }
        if (_state.TotalSteps > 0 && _state.TotalSteps != _order.TotalSteps)
            _observer.OnMessage(
                $"the run is continued from {_state.TotalSteps} to {_order.TotalSteps} steps; from here on the "
                    + $"learning rate is that of a run of {_order.TotalSteps} steps"
            );
        (_lastCheckpoint, _savedStep) = (checkpoint.Folder, checkpoint.Step);
        // A process killed between writing the best checkpoint and naming it leaves the naming to this one.
        if (_state.BestStep == checkpoint.Step && _store.BestStep() != checkpoint.Step)
            _store.SetBest(checkpoint.Folder);
        _model.Kernels.Attention.Restore(_state.Attention);
        if (_state.Kernels.Length > 0 && _state.Kernels != Rounding)
            _observer.OnMessage(
                $"computed up to step {_state.Step} with {_state.Kernels}, and from here with {Rounding}: losses continue, but are "
                    + "rounded differently than an uninterrupted run's"
            );
    }

    /// <summary>Takes all steps that are left.</summary>
    /// <exception cref="InputException">The disk is full, or an image is gone.</exception>
    public TuneEnd Run()
    {
        _observer.OnStart(
            new TuneStart(
                _store.RunFolder,
                _state.Step + 1,
                _order.TotalSteps,
                _samples.Train.Count,
                _samples.Validation.Count,
                TrainablePart.List(_model),
                _model.AllParameters.Sum(p => p.Count)
            )
            {
                ValidationDue = _state.ValidationDue,
                Features =
                    _samples.HasImages && FeatureCache.Supports(_model)
                        ? new FeatureStorage(
                            _settings.Features.CacheBytes,
                            _features.Disk?.Settings.Folder,
                            _features.Disk?.Settings.MaxBytes ?? 0
                        )
                        : null,
            }
        );
        _index.Write(_store.RunFolder);
        var (reason, failure) = (TuneEndReason.Diverged, (string?)null);
        try
        {
            reason = TakeSteps();
        }
        catch (DivergedException e)
        {
            failure = e.Message;
        }
        Governor?.Finish();
        // With nothing held out the last is the best that is known, and found under the same name.
        if (_samples.Validation.Count == 0 && _lastCheckpoint is not null)
            _store.SetBest(_lastCheckpoint);
        var best = _store.BestStep() is null ? _lastCheckpoint : _store.BestFolder;
        var end = new TuneEnd(reason, _state.Step, _lastCheckpoint, best, _state.BestLoss)
        {
            BestStep = _state.BestStep,
            BaseLoss = _state.BaseLoss,
            Failure = failure,
        };
        _observer.OnEnd(end);
        return end;
    }

    public void Dispose() => _step.Dispose();

    private bool HasStoppedFalling => _settings.Validation.Patience > 0 && _state.WithoutImprovement >= _settings.Validation.Patience;

    private TuneEndReason TakeSteps()
    {
        // A run that had ended so, and was resumed for what comes after.
        var reason = HasStoppedFalling ? TuneEndReason.EarlyStop : TuneEndReason.Finished;
        if (_state.Step == 0 && _samples.Validation.Count > 0 && Validate(0) is null)
            reason = TuneEndReason.Interrupted;
        if (_state.ValidationDue)
            reason = Finish(_state.Step, TimeSpan.Zero);
        while (_state.Step < _order.TotalSteps && reason == TuneEndReason.Finished)
        {
            if (_stop.IsCancellationRequested)
            {
                if (_savedStep != _state.Step)
                    SaveStopped(_state.Step);
                reason = TuneEndReason.Interrupted;
                break;
            }
            var began = Stopwatch.GetTimestamp();
            TakeStep(_state.Step + 1);
            reason = Finish(_state.Step, Stopwatch.GetElapsedTime(began));
        }
        return reason;
    }

    // What follows a step: validation, checkpoint, the governor's orders. A stop in the validation leaves it to the resumed run.
    private TuneEndReason Finish(int step, TimeSpan taken)
    {
        var last = step == _order.TotalSteps;
        var improved = false;
        var isFar = _watch.NeedsValidation(_state);
        if (_samples.Validation.Count > 0 && (_state.ValidationDue || isFar || IsDue(_settings.Validation.Steps, step, last)))
        {
            var validated = Validate(step);
            _state = _state with { ValidationDue = validated is null };
            if (validated is null)
            {
                SaveStopped(step);
                return TuneEndReason.Interrupted;
            }
            improved = validated.Value;
        }
        var reason =
            HasStoppedFalling ? TuneEndReason.EarlyStop
            : _stop.IsCancellationRequested && !last ? TuneEndReason.Interrupted
            : TuneEndReason.Finished;
        // Checkpoints of a run that seems to diverge would push out the last good one.
        var saved =
            improved
            || (IsDue(_settings.Checkpoints.SaveSteps, step, last) && (last || !DivergenceDetector.IsSuspect(_state)))
            || reason == TuneEndReason.EarlyStop;
        if (saved)
            Save(step, improved);
        else if (reason == TuneEndReason.Interrupted)
            SaveStopped(step);
        return reason == TuneEndReason.Finished && !last && !ApplyGovernorOrder(step, saved, taken) ? TuneEndReason.Interrupted : reason;
    }

    private void TakeStep(int step)
    {
        var clock = Stopwatch.StartNew();
        var batches = _samples.GetStep(step, _order);
        try
        {
            var answers = batches.SelectMany(b => b.Samples).Sum(s => s.AnswerTokens);
            var tokens = batches.SelectMany(b => b.Samples).Sum(s => s.Ids.Length);
            var learningRate = _schedule.At(step);
            var (loss, norm) = _step.Run(step, batches, _settings.Engine.Recompute.Recompute, learningRate);
            _state = _state with { Step = step, OptimizerSteps = _step.Optimizer.Steps };
            if (!double.IsFinite(norm))
                _observer.OnMessage(
                    string.Create(CultureInfo.InvariantCulture, $"step {step}: the gradients are not finite; the weights stay as they were")
                );
            _observer.OnStep(
                new StepRecord(
                    step,
                    _order.TotalSteps,
                    _order.EpochAfter(step),
                    loss,
                    norm,
                    learningRate,
                    tokens,
                    answers,
                    clock.Elapsed.TotalSeconds,
                    Machine?.Invoke()
                )
            );
            _state = _watch.Advance(_state, step, loss, norm);
        }
        finally
        {
            foreach (var batch in batches)
                batch.ReleaseImages();
        }
    }

    // False where the run was stopped in a pause.
    private bool ApplyGovernorOrder(int step, bool saved, TimeSpan taken)
    {
        if (Governor is not { } governor)
            return true;
        if (governor.ReceiveOrder(step, _observer.OnMessage) is { } order)
        {
            _features.RetainsNewImages = order.Divisor == 1;
            if (order.Kind is OrderKind.Shrink or OrderKind.Pause)
            {
                // What is read ahead counts on the features that are forgotten here.
                _samples.DropPrefetch();
                _features.Clear();
                GovernorLink.FreeMemory();
            }
            if (order.IsPaused)
            {
                if (!saved)
                    Save(step, best: false);
                governor.WaitForResume(_observer.OnMessage, _stop);
                if (_stop.IsCancellationRequested)
                    return false;
            }
        }
        governor.Throttle(taken, _stop);
        return true;
    }

    // Whether the loss is the lowest of all steps so far, if not of the base; null where the run was stopped before it was known.
    private bool? Validate(int step)
    {
        var clock = Stopwatch.StartNew();
        // A run may begin from an adapter: what all steps are measured by is the base without it.
        if (HeldOutLoss(step > 0 ? null : AdapterSelection.None) is not { } mean)
            return null;
        var known = step == 0 && double.IsFinite(mean) ? _state with { BaseLoss = mean } : _state;
        var lowest = step > 0 && double.IsFinite(mean) && (known.BestLoss is not { } before || mean < before);
        if (lowest)
            known = known with { BestLoss = mean, BestStep = step, WithoutImprovement = 0 };
        else if (step > 0)
            known = known with { WithoutImprovement = known.WithoutImprovement + 1 };
        _heldOut = double.IsFinite(mean) ? new HeldOutMetrics(step, mean, known.BaseLoss) : null;
        _observer.OnValidation(
            new ValidationRecord(step, mean, lowest && !(mean > known.BaseLoss), clock.Elapsed.TotalSeconds)
            {
                BaseLoss = known.BaseLoss,
                LowestLoss = known.BestLoss,
                LowestStep = known.BestStep,
            }
        );
        // Where the run ends here as diverged, nothing of this step is kept, so it is not the lowest either.
        _state = _watch.AfterValidation(known, mean);
        return lowest;
    }

    // Mean over the answer tokens of the held-out side; null where the run was stopped.
    private double? HeldOutLoss(AdapterSelection? adapters)
    {
        var (sum, answers) = (0.0, 0L);
        foreach (var samples in _samples.ValidationBatches(_settings.Batches.PassTokens))
        {
            try
            {
                if (_stop.IsCancellationRequested)
                    return null;
                Governor?.SendHeartbeat(_observer.OnMessage);
                using var batch = _features.Pack(samples, _settings.Batches.SharePrefixes);
                if (batch.AnswerTokens == 0)
                    continue;
                using var loss = _model.Loss(batch, adapters);
                sum += loss.Item();
                answers += batch.AnswerTokens;
            }
            finally
            {
                foreach (var sample in samples)
                    sample.ReleaseImages();
            }
        }
        return sum / Math.Max(1, answers);
    }

    // A run whose numbers are not finite is stopped like any other; it goes on from the checkpoint before it.
    private void SaveStopped(int step)
    {
        try
        {
            Save(step, best: false);
        }
        catch (DivergedException e)
        {
            _observer.OnMessage(
                $"no checkpoint after this step ({e.Message}); `resume` goes on from {_lastCheckpoint ?? "the first step"}"
            );
        }
    }

    private void Save(int step, bool best)
    {
        var state = _state with
        {
            TotalSteps = _order.TotalSteps,
            ParameterSteps = [.. _step.Optimizer.ParameterSteps],
            Parameters = [.. _step.Gradients.Parameters.Select(p => p.Key)],
            DataFingerprint = _fingerprint,
            Kernels = Rounding,
            Attention = _model.Kernels.Attention.Counts,
        };
        var bytes = RunFiles.Bytes(_model, _settings);
        _room.Governor = Governor;
        try
        {
            _lastCheckpoint = _room.Write(
                $"checkpoint-{step}",
                bytes,
                () =>
                    _store.Write(
                        step,
                        bytes,
                        folder =>
                        {
                            RunFiles.Write(folder, _model, _step.Gradients, _step.Optimizer, state, _settings);
                            if (_heldOut?.Step == step)
                                _heldOut.Write(folder);
                            // Before the checkpoint gets its name: the one before it stays until this one is proven.
                            if (_settings.Trainable.Full)
                                SaveVerifier.CheckWeights(folder, _model);
                            else
                                SaveVerifier.CheckAdapter(folder, _model);
                        }
                    )
            );
        }
        catch (DivergedException e)
        {
            throw new DivergedException(
                string.Create(CultureInfo.InvariantCulture, $"step {step}: diverged: {e.Message}; {_watch.Explain(state)}")
            );
        }
        _savedStep = step;
        if (best)
            SetBest(_lastCheckpoint);
        _observer.OnCheckpoint(_lastCheckpoint, step);
    }

    private void SetBest(string checkpoint) =>
        _room.Write(
            "best",
            0,
            () =>
            {
                _store.SetBest(checkpoint);
                return checkpoint;
            }
        );

    // Every so many steps, or at the end of each epoch; and after the last step.
    private bool IsDue(int every, int step, bool last) => last || (every > 0 ? step % every == 0 : _order.EndsEpoch(step));
}
