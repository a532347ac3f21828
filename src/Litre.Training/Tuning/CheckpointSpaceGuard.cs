using System.Globalization;
using Litre.Core.Files;
using Litre.Inference.Features;
using Litre.Machine.Governing;

namespace Litre.Training.Tuning;

/// <summary>
/// Sees to room on the disk before each checkpoint of a run. Where there is too little, kept features of images make room
/// first; then the run waits for somebody to make some, and ends at last, with all earlier checkpoints whole.
/// </summary>
/// <param name="runFolder">Where checkpoints are written.</param>
/// <param name="waitSeconds">The longest that a run waits.</param>
/// <param name="features">Features on a disk; null where none are kept.</param>
/// <param name="log">Told in one line each what is done.</param>
/// <param name="stop">Ends the waiting.</param>
/// <param name="freeBytes">Tells a folder's free bytes; null for the system.</param>
/// <param name="poll">Time between looks; null for a second.</param>
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

    /// <summary>Told while the run waits; null for a run that nobody governs.</summary>
    public GovernorLink? Governor { get; set; }

    /// <summary>Writes once there is room.</summary>
    /// <param name="what">Such as <c>checkpoint-5</c>, for messages.</param>
    /// <param name="bytes">How much it takes.</param>
    /// <param name="write">Writes it whole or, where the disk is full, not at all.</param>
    /// <exception cref="DiskFullException">There was no room in time, or the run was stopped while it waited.</exception>
    public T Write<T>(string what, long bytes, Func<T> write)
    {
        var waited = TimeSpan.Zero;
        var tried = false;
        var polls = 0;
        while (true)
        {
            var missing = bytes - _freeBytes(runFolder);
            // What was refused with enough room by the numbers (a quota) is tried again as time goes by.
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
