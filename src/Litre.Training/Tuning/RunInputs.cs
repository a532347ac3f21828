using Litre.Core;
using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Inference;
using Litre.Machine.Governing;
using Litre.Model.Families;
using Litre.Training.Checkpoints;

namespace Litre.Training.Tuning;

/// <summary>
/// What a run needs before it is planned: its locked folder, and its data, read and encoded. The plan is made from them, then
/// <see cref="TuneRun.Open"/> loads the model.
/// </summary>
public sealed class RunInputs : IDisposable
{
    private readonly RunLock _lock;
    private bool _isDisposed;

    private RunInputs(string folder, RunLock held, CheckpointStore store, SampleEncoder encoder, TrainingData data)
    {
        (Folder, _lock, Store, Encoder, Data) = (folder, held, store, encoder, data);
    }

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    public CheckpointStore Store { get; }

    public SampleEncoder Encoder { get; }

    /// <summary>The data, with the unusable rows and the data's license.</summary>
    public TrainingData Data { get; }

    /// <summary>Reads the data. The run folder is locked until these inputs are disposed.</summary>
    /// <param name="settings">The recipe.</param>
    /// <param name="resume">Whether a run in the folder is continued.</param>
    /// <param name="log">Called with one line about each finding.</param>
    /// <exception cref="InputException">An input cannot be used; nothing was changed.</exception>
    public static RunInputs Open(TuneSettings settings, bool resume, Action<string> log)
    {
        RunFolder.Check(settings);
        if (settings.Governor == GovernorUse.On)
        {
            // Before anything is loaded.
            using var sources = MachineSources.Open(Environment.ProcessId);
            _ = settings.Governing.Floors(sources.Read().TotalBytes);
        }
        var mirror = settings.Checkpoints.Mirror.Length > 0 ? settings.Checkpoints.Mirror : null;
        if (mirror is not null)
            MakeMirror(mirror);
        var reading = settings.Data;
        var config = ModelConfigs.Load(settings.Model);
        var encoder = SampleEncoder.Load(
            config.Family.Format,
            settings.Model,
            reading.MinimumPixels,
            reading.MaximumPixels,
            tiling: reading.Tiling
        );
        FolderConsistency.Check(settings.Model, config, encoder);
        var held = RunLock.Acquire(settings.Output);
        try
        {
            var store = new CheckpointStore(settings.Output, settings.Checkpoints.Keep, mirror, log);
            store.CleanUp();
            if (!resume && store.Latest(_ => { }) is { } found)
                throw new InputException(
                    "output",
                    settings.Output,
                    $"contains a run that reached step {found.Step}",
                    "add `resume` to continue it, or choose another `output`"
                );
            var split = new SplitOptions(settings.Validation.Share, 0, (ulong)settings.Seed);
            var data = TrainingData.Load(reading.Path, encoder, split, reading.Options);
            if (encoder.Chat.Template.Notice is { } template)
                log(template);
            foreach (var notice in data.Notices)
                log(notice);
            return new RunInputs(settings.Output, held, store, encoder, data);
        }
        catch
        {
            held.Dispose();
            RunFolder.RemoveUnused(settings.Output);
            throw;
        }
    }

    private static void MakeMirror(string mirror)
    {
        try
        {
            Directory.CreateDirectory(mirror);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var reason = $"cannot be created ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})";
            throw new InputException("mirror", mirror, reason, "choose another folder, or omit it", e);
        }
    }

    /// <summary>Unlocks the folder, and removes it if the run left nothing in it.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        Data.Dispose();
        _lock.Dispose();
        RunFolder.RemoveUnused(Folder);
    }
}
