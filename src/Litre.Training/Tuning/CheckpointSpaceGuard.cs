using System.Globalization;
using Litre.Core.Files;
using Litre.Inference.Features;
using Litre.Machine.Governing;

namespace Litre.Training.Tuning;

/// <summary>
/// Ensures that the disk has space for each checkpoint of a run. If there is too little, stored image features are deleted first; then
/// the run waits until space is freed, and finally ends with all earlier checkpoints intact.
/// </summary>
/// <param name="runFolder">The folder in which checkpoints are written.</param>
/// <param name="waitSeconds">The longest time that a run waits.</param>
/// <param name="features">Features on the disk; null if none are stored.</param>
/// <param name="log">Called with one line about each action.</param>
/// <param name="stop">Ends the waiting.</param>
/// <param name="freeBytes">Returns a folder's free bytes; null to ask the system.</param>
/// <param name="poll">Time between checks; null for one second.</param>
internal sealed class CheckpointSpaceGuard(
    string runFolder,
    double waitSeconds,
    FeatureDisk? features,
    Action<string> log,
    CancellationToken stop,
    Func<string, long>? freeBytes = null,
    TimeSpan? poll = null
)
{
    private const int PollsBetweenTries = 10;

    private readonly TimeSpan _poll = poll ?? TimeSpan.FromSeconds(1);
    private readonly Func<string, long> _freeBytes = freeBytes ?? DiskSpace.FreeBytes;

    /// <summary>Notified while the run waits; null for a run without a governor.</summary>
    public GovernorLink? Governor { get; set; }

    /// <summary>Writes when there is enough space.</summary>
    /// <param name="what">For example <c>checkpoint-5</c>, for messages.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="write">Writes it completely or, if the disk is full, not at all.</param>
    /// <exception cref="DiskFullException">There was no space in time, or the run was stopped while it waited.</exception>
    public T Write<T>(string what, long bytes, Func<T> write)
    {
        var waited = TimeSpan.Zero;
        var tried = false;
        var polls = 0;
        while (true)
        {
            var missing = bytes - _freeBytes(runFolder);
            // A write that failed although there was enough space by the numbers (a quota) is retried from time to time.
            if (missing <= 0 && (!tried || polls % PollsBetweenTries == 0 || waited.TotalSeconds >= waitSeconds))
            {
                try
                {
                    if (waited > TimeSpan.Zero && !tried)
                        log($"disk: there is enough space for {what} again; the run continues");
                    return write();
                }
                catch (DiskFullException) when (!stop.IsCancellationRequested && waited.TotalSeconds < waitSeconds)
                {
                    tried = true;
                    missing = Math.Max(bytes - _freeBytes(runFolder), 1);
                }
            }
            if (missing > 0 && ShrinkFeatures(what, missing))
                continue;
            if (stop.IsCancellationRequested || waited.TotalSeconds >= waitSeconds)
                throw DiskFullError(what, bytes);
            if (waited == TimeSpan.Zero)
                log(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"disk: {what} needs {Gib(bytes)} GiB in {runFolder}, but only {Gib(_freeBytes(runFolder))} GiB "
                            + $"are free; the run waits at most {waitSeconds:0} s for space; free some space on this disk"
                    )
                );
            Governor?.ReportDiskWait(log);
            stop.WaitHandle.WaitOne(_poll);
            waited += _poll;
            polls++;
        }
    }

    private bool ShrinkFeatures(string what, long missing)
    {
        if (features is null || !DiskSpace.AreOne(features.Settings.Folder, runFolder))
            return false;
        var freed = features.Shrink(missing);
        if (freed == 0)
            return false;
        log(
            $"disk: {Gib(freed)} GiB of stored image features were deleted from {features.Settings.Folder} to free space "
                + $"for {what}; they are computed again when they are needed"
        );
        return true;
    }

    private DiskFullException DiskFullError(string what, long bytes) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{runFolder}: the disk has no space for {what}: {Gib(bytes)} GiB are needed, "
                    + $"{Gib(_freeBytes(runFolder))} GiB are free; earlier checkpoints are intact, the steps since the "
                    + $"last one are lost; free some space, or keep fewer checkpoints with `keep 1`, then continue with `resume`"
            )
        );

    private static string Gib(long bytes) => (bytes / (double)(1L << 30)).ToString("0.00", CultureInfo.InvariantCulture);
}
