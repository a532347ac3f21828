using System.Diagnostics;
using System.Globalization;
using Litre.Core;
using Litre.Inference.Features;
using Litre.Machine.Governing;
using Litre.Machine.Sensors;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Training.Checkpoints;
using Litre.Training.Distributed;
using Litre.Training.Steps;

namespace Litre.Training.Tuning;

/// <summary>
/// The training loop: steps over packed micro-batches, validation, checkpoints. A run that is killed at any point and resumed computes
/// the same numbers as an uninterrupted one, bit for bit on the CPU. Each of several ranks has its own trainer; only the first one
/// writes, and all end after the same step.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly TuneSettings _settings;
    private readonly CausalModel _model;
    private readonly IStepSource _steps;
    private readonly HeldOutSamples _heldOut;
    private readonly FeatureCache _features;
    private readonly CheckpointStore _store;
    private readonly ITuneObserver _observer;
    private readonly CancellationToken _stop;
    private readonly LearningRateSchedule _schedule;
    private readonly TrainingStep _step;
    private readonly DivergenceDetector _watch;
    private readonly string _fingerprint;
    private readonly CheckpointSpaceGuard _room;
    private TrainerState _state = new();
    private HeldOutMetrics? _lastValidation;
    private string? _lastCheckpoint;
    private int _savedStep;

    /// <param name="settings">The recipe.</param>
    /// <param name="model">The model, with its trainable parameters marked (see <see cref="TrainablePart"/>). Borrowed.</param>
    /// <param name="steps">The training steps. Borrowed.</param>
    /// <param name="heldOut">The held-out samples.</param>
    /// <param name="features">Packs their images; borrowed.</param>
    /// <param name="store">The store of checkpoints.</param>
    /// <param name="observer">Notified of everything that happens.</param>
    /// <param name="stop">Asks the run to end after a step.</param>
    public Trainer(
        TuneSettings settings,
        CausalModel model,
        IStepSource steps,
        HeldOutSamples heldOut,
        FeatureCache features,
        CheckpointStore store,
        ITuneObserver observer,
        CancellationToken stop
    )
    {
        (_settings, _model, _steps, _heldOut) = (settings, model, steps, heldOut);
        (_features, _store, _observer, _stop) = (features, store, observer, stop);
        _schedule = new LearningRateSchedule(
            settings.Optimizer.LearningRate,
            settings.Optimizer.Schedule,
            LearningRateSchedule.WarmupSteps(settings.Optimizer.Warmup, _steps.TotalSteps),
            _steps.TotalSteps
        );
        _step = new TrainingStep(settings, model) { Features = features };
        _watch = new DivergenceDetector(settings, steps.TotalSteps, heldOut.Count > 0);
        _fingerprint = steps.Fingerprint;
        _room = new CheckpointSpaceGuard(store.RunFolder, settings.Checkpoints.DiskWaitSeconds, features.Disk, observer.OnMessage, stop);
    }

    /// <summary>Returns the machine's latest readings, for the step's record.</summary>
    public Func<MachineReading?>? Machine { get; init; }

    /// <summary>Gives orders after every step; null for a run without a governor.</summary>
    public GovernorLink? Governor
    {
        get => _step.Governor;
        init => _step.Governor = value;
    }

    /// <summary>The ranks that train the same weights together. Borrowed.</summary>
    public ICommunicator Ranks
    {
        get => _step.Ranks;
        init => _step.Ranks = value;
    }

    public int TotalSteps => _steps.TotalSteps;

    private bool IsFirstRank => Ranks.Rank == 0;

    // Asked by all ranks at the same points: a request to one of them stops all.
    private bool IsStopRequested => Ranks.Any(_model.Device, _stop.IsCancellationRequested);

    private string Rounding => ModelKernels.Fingerprint(_model.DType, _model.Device, _model.Kernels.Options);

    // How data are read may change between versions, even if the data were not changed.
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
        return $"if the data have not changed, Litre {name}, which wrote the checkpoint, read them differently: continue "
            + "with that version; otherwise ";
    }

    /// <summary>Continues after a checkpoint.</summary>
    /// <exception cref="InputException">The checkpoint belongs to other data or another recipe.</exception>
    public void Resume(StoredCheckpoint checkpoint)
    {
        _state = RunFiles.Read(checkpoint.Folder, _step.Gradients, _step.Optimizer);
        if (!_steps.Matches(_state.DataFingerprint))
        {
            var difference = _steps.DescribeDifference(_store.RunFolder) is { } found ? $" ({found})" : "";
            throw new InputException(
                $"{checkpoint.Folder}: was trained on other samples than "
                    + $"{SettingName.Quote("data", _settings.Data.Path)} provides now{difference}; "
                    + $"{OtherReader(checkpoint.Folder)}restore the data, or start a new run with another `output`"
            );
        }
        if (_state.TotalSteps > 0 && _state.TotalSteps != _steps.TotalSteps)
            _observer.OnMessage(
                $"the run is extended from {_state.TotalSteps} to {_steps.TotalSteps} steps; from here on, its learning "
                    + $"rate is that of a run of {_steps.TotalSteps} steps"
            );
        _steps.Restore(_state.Step, _state.StepSource);
        (_lastCheckpoint, _savedStep) = (checkpoint.Folder, checkpoint.Step);
        // If a process was killed between writing the best checkpoint and copying it to best/, this one copies it.
        if (IsFirstRank && _state.BestStep == checkpoint.Step && _store.BestStep() != checkpoint.Step)
            _store.SetBest(checkpoint.Folder);
        _model.Kernels.Attention.Restore(_state.Attention);
        if (_state.Kernels.Length > 0 && _state.Kernels != Rounding)
            _observer.OnMessage(
                $"steps up to {_state.Step} were computed with {_state.Kernels}, further steps with {Rounding}: losses "
                    + "continue, but are rounded differently than in an uninterrupted run"
            );
    }

    /// <summary>Takes all remaining steps.</summary>
    /// <exception cref="InputException">The disk is full, or an image is missing.</exception>
    public TuneEnd Run()
    {
        _observer.OnStart(
            new TuneStart(
                _store.RunFolder,
                _state.Step + 1,
                _steps.TotalSteps,
                _steps.EpochSamples,
                _heldOut.Count,
                TrainablePart.List(_model),
                _model.AllParameters.Sum(p => p.Count)
            )
            {
                ValidationDue = _state.ValidationDue,
                Features =
                    (_steps.HasImages || _heldOut.HasImages) && FeatureCache.Supports(_model)
                        ? new FeatureStorage(
                            _settings.Features.CacheBytes,
                            _features.Disk?.Settings.Folder,
                            _features.Disk?.Settings.MaxBytes ?? 0
                        )
                        : null,
            }
        );
        if (IsFirstRank)
            _steps.Describe(_store.RunFolder);
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
        // Without held-out samples, the last checkpoint is the best one known and gets the same name.
        if (IsFirstRank && _heldOut.Count == 0 && _lastCheckpoint is not null)
            _store.SetBest(_lastCheckpoint);
        Ranks.Barrier();
        var best = _store.BestStep() is null ? null : _store.BestFolder;
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
        // A run that had ended this way and was resumed for the comparison.
        var reason = HasStoppedFalling ? TuneEndReason.EarlyStop : TuneEndReason.Finished;
        if (_state.Step == 0 && _heldOut.Count > 0 && Validate(0) is null)
            reason = TuneEndReason.Interrupted;
        if (_state.ValidationDue)
            reason = Finish(_state.Step, TimeSpan.Zero);
        while (_state.Step < _steps.TotalSteps && reason == TuneEndReason.Finished)
        {
            if (IsStopRequested)
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
        var last = step == _steps.TotalSteps;
        var improved = false;
        var isFar = _watch.NeedsValidation(_state);
        if (_heldOut.Count > 0 && (_state.ValidationDue || isFar || IsDue(_settings.Validation.Steps, step, last)))
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
            : !last && IsStopRequested ? TuneEndReason.Interrupted
            : TuneEndReason.Finished;
        // Checkpoints of a run that seems to diverge would displace the last good one.
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
        var batches = _steps.Take(step, new StepShare(Ranks.Rank, Ranks.Size));
        try
        {
            var learningRate = _schedule.At(step);
            var (loss, norm, tokens, answers) = _step.Run(step, batches, _settings.Engine.Recompute.Recompute, learningRate);
            _state = _state with { Step = step, OptimizerSteps = _step.Optimizer.Steps };
            if (!double.IsFinite(norm))
                _observer.OnMessage(
                    string.Create(CultureInfo.InvariantCulture, $"step {step}: the gradients are not finite; the weights were not changed")
                );
            _observer.OnStep(
                new StepRecord(
                    step,
                    _steps.TotalSteps,
                    _steps.EpochAfter(step),
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
            _steps.Return(batches);
        }
    }

    // False if the run was stopped during a pause. A rank that is not paused writes a checkpoint with the others, and waits for them in
    // its next step.
    private bool ApplyGovernorOrder(int step, bool saved, TimeSpan taken)
    {
        var order = Governor?.ReceiveOrder(step, _observer.OnMessage);
        if (order is not null)
        {
            _features.RetainsNewImages = order.Divisor == 1;
            if (order.Kind is OrderKind.Shrink or OrderKind.Pause)
            {
                // Prefetched steps rely on the features that are cleared here.
                _steps.ReleasePrefetched();
                _features.Clear();
                GovernorLink.FreeMemory();
            }
        }
        if (Ranks.Any(_model.Device, order is { IsPaused: true }))
        {
            if (!saved)
                Save(step, best: false);
            Governor?.WaitForResume(_observer.OnMessage, _stop);
            if (IsStopRequested)
                return false;
        }
        Governor?.Throttle(taken, _stop);
        return true;
    }

    // Whether the loss is the lowest of all steps so far, excluding the base; null if the run was stopped before it was known.
    private bool? Validate(int step)
    {
        var clock = Stopwatch.StartNew();
        // A run may start from an adapter: all steps are compared with the base without it.
        if (HeldOutLoss(step > 0 ? null : AdapterSelection.None) is not { } mean)
            return null;
        var known = step == 0 && double.IsFinite(mean) ? _state with { BaseLoss = mean } : _state;
        var lowest = step > 0 && double.IsFinite(mean) && (known.BestLoss is not { } before || mean < before);
        if (lowest)
            known = known with { BestLoss = mean, BestStep = step, WithoutImprovement = 0 };
        else if (step > 0)
            known = known with { WithoutImprovement = known.WithoutImprovement + 1 };
        _lastValidation = double.IsFinite(mean) ? new HeldOutMetrics(step, mean, known.BaseLoss) : null;
        _observer.OnValidation(
            new ValidationRecord(step, mean, lowest && !(mean > known.BaseLoss), clock.Elapsed.TotalSeconds)
            {
                BaseLoss = known.BaseLoss,
                LowestLoss = known.BestLoss,
                LowestStep = known.BestStep,
            }
        );
        // If the run ends here as diverged, this step is not kept, so it does not count as the lowest.
        _state = _watch.AfterValidation(known, mean);
        return lowest;
    }

    // Mean over the answer tokens of the held-out samples; null if the run was stopped. The ranks take their groups in turn.
    private double? HeldOutLoss(AdapterSelection? adapters)
    {
        var (sum, answers) = (0.0, 0L);
        var groups = _heldOut.Groups(_settings.Batches.PassTokens);
        for (var first = 0; first < groups.Count; first += Ranks.Size)
        {
            if (IsStopRequested)
                return null;
            if (first + Ranks.Rank >= groups.Count)
                continue;
            Governor?.SendHeartbeat(_observer.OnMessage);
            var samples = _heldOut.Load(groups[first + Ranks.Rank]);
            try
            {
                using var batch = _features.Pack(samples, _settings.Batches.SharePrefixes);
                if (batch.AnswerTokens == 0)
                    continue;
                using var loss = _model.Loss(batch, adapters: adapters);
                sum += loss.Item();
                answers += batch.AnswerTokens;
            }
            finally
            {
                foreach (var sample in samples)
                    sample.ReleaseImages();
            }
        }
        var all = Ranks.Sum(_model.Device, sum, answers);
        return all[0] / Math.Max(1, all[1]);
    }

    // A run whose numbers are not finite is stopped like any other; it resumes from the previous checkpoint.
    private void SaveStopped(int step)
    {
        try
        {
            Save(step, best: false);
        }
        catch (DivergedException e)
        {
            _observer.OnMessage(
                $"no checkpoint was written after this step ({e.Message}); `resume` continues from {_lastCheckpoint ?? "the first step"}"
            );
        }
    }

    // All ranks are at the same step, and have the same weights and moments: the first one writes, the others wait for it.
    private void Save(int step, bool best)
    {
        var state = _state with
        {
            TotalSteps = _steps.TotalSteps,
            ParameterSteps = [.. _step.Optimizer.ParameterSteps],
            Parameters = [.. _step.Gradients.Parameters.Select(p => p.Key)],
            DataFingerprint = _fingerprint,
            StepSource = _steps.State,
            Kernels = Rounding,
            Attention = _model.Kernels.Attention.Counts,
        };
        DivergedException? diverged = null;
        try
        {
            if (IsFirstRank)
                Write(step, state);
        }
        catch (DivergedException e)
        {
            diverged = e;
        }
        if (Ranks.OfFirst(_model.Device, diverged is not null))
            throw new DivergedException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"step {step}: diverged: {diverged?.Message ?? "the first process of the run wrote no checkpoint"}; "
                        + $"{_watch.Explain(state)}"
                )
            );
        (_lastCheckpoint, _savedStep) = (Path.Combine(_store.RunFolder, CheckpointDirectory.NameOf(step)), step);
        if (best && IsFirstRank)
            SetBest(_lastCheckpoint);
        _observer.OnCheckpoint(_lastCheckpoint, step);
    }

    private void Write(int step, TrainerState state)
    {
        var bytes = RunFiles.Bytes(_model, _settings);
        _room.Governor = Governor;
        _room.Write(
            $"checkpoint-{step}",
            bytes,
            () =>
                _store.Write(
                    step,
                    bytes,
                    folder =>
                    {
                        RunFiles.Write(folder, _model, _step.Gradients, _step.Optimizer, state, _settings);
                        if (_lastValidation?.Step == step)
                            _lastValidation.Write(folder);
                        // Before the checkpoint gets its final name: the previous one is kept until this one is verified.
                        if (_settings.Trainable.Full)
                            SaveVerifier.CheckWeights(folder, _model);
                        else
                            SaveVerifier.CheckAdapter(folder, _model);
                    }
                )
        );
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

    // Every given number of steps, or at the end of each epoch; and after the last step.
    private bool IsDue(int every, int step, bool last) => last || (every > 0 ? step % every == 0 : _steps.EndsEpoch(step));
}
