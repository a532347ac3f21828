using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Litre.Machine.Governing;

/// <summary>
/// The trainer's side: queried after each step for a new order, which costs one check of a file's time, and notified of what
/// the trainer does. Without orders it changes nothing. Not thread-safe.
/// </summary>
/// <param name="runFolder">The run's folder.</param>
/// <param name="clock">Null for the machine's.</param>
/// <param name="keeper">Restarts the governor if it ends; null for one that is managed elsewhere.</param>
public sealed partial class GovernorLink(string runFolder, TimeProvider? clock = null, GovernorSupervisor? keeper = null)
{
    private const string Library = "libc";
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan MaxThrottle = TimeSpan.FromMinutes(1);

    // A governor writes each second; one that is silent for this long has exited, and nothing else would end the pause.
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(30);

    private readonly GovernorChannel _channel = new(runFolder);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private DateTime _orderTime;
    private GovernorOrder? _order;
    private long _lastHeartbeat;
    private int _step;

    /// <summary>The approximate number of parts into which to split each micro-batch; 1 for no split.</summary>
    public int Divisor => _order?.Divisor ?? 1;

    /// <summary>Reports at most once per second that the trainer is running.</summary>
    /// <param name="log">Called with one line if the governor was restarted or given up; null to leave that check to the next step.</param>
    public void SendHeartbeat(Action<string>? log = null)
    {
        if (log is not null)
            keeper?.Check(log);
        if (_clock.GetElapsedTime(_lastHeartbeat) >= HeartbeatInterval)
            ReportState(TrainerActivity.Running);
    }

    /// <summary>Reads the order in force, if it is a new one.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="log">Called with one line about each new order.</param>
    /// <returns>The new order, or null.</returns>
    public GovernorOrder? ReceiveOrder(int step, Action<string> log)
    {
        _step = step;
        SendHeartbeat(log);
        var time = File.GetLastWriteTimeUtc(_channel.OrderPath);
        if (time == _orderTime || _channel.ReadOrder() is not { } order)
            return null;
        _orderTime = time;
        if (order.Sequence <= (_order?.Sequence ?? 0))
            return null;
        _order = order;
        log(Text(order));
        ReportState(order.IsPaused ? TrainerActivity.Saving : TrainerActivity.Running);
        return order;
    }

    /// <summary>Waits until the governor lets the trainer continue, or has exited.</summary>
    /// <param name="log">Called with the reason for continuing.</param>
    /// <param name="stop">Ends the wait.</param>
    public void WaitForResume(Action<string> log, CancellationToken stop)
    {
        while (_order is { IsPaused: true } && !stop.IsCancellationRequested)
        {
            ReportState(TrainerActivity.Paused);
            stop.WaitHandle.WaitOne(PollInterval);
            if (
                ReceiveOrder(_step, log) is null
                && keeper is null or { HasGivenUp: true }
                && _clock.GetUtcNow() - File.GetLastWriteTimeUtc(_channel.HeartbeatPath) > Lost
            )
            {
                log("governor: it has exited; the training continues without it");
                _order = _order with { IsPaused = false };
            }
        }
    }

    /// <summary>Reports that the trainer waits for free disk space.</summary>
    /// <param name="log">Called with one line if the governor was restarted or given up.</param>
    public void ReportDiskWait(Action<string> log)
    {
        keeper?.Check(log);
        ReportState(TrainerActivity.WaitingForDisk);
    }

    /// <summary>Waits so that computing takes the ordered share of the time.</summary>
    /// <param name="computed">The duration of the step.</param>
    /// <param name="stop">Ends the wait.</param>
    public void Throttle(TimeSpan computed, CancellationToken stop)
    {
        if (_order is not { Pace: < 1 and > 0 } order)
            return;
        var rest = computed * (1 / order.Pace - 1);
        stop.WaitHandle.WaitOne(rest < MaxThrottle ? rest : MaxThrottle);
    }

    /// <summary>Reports that the training is over.</summary>
    public void Finish() => ReportState(TrainerActivity.Finished);

    /// <summary>Returns unused memory of this process to the system.</summary>
    public static void FreeMemory()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc keeps enough unused memory to have such a call.
        }
    }

    private static string Text(GovernorOrder order) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"governor: {order.Reason}; {order.Kind switch
    {
        OrderKind.Shrink => $"micro-batches are split in {order.Divisor} and caches freed",
        OrderKind.Pause => "the training pauses after a checkpoint",
        OrderKind.Resume => $"the training continues, micro-batches split in {order.Divisor}",
        OrderKind.Slow => order.Pace < 1 ? $"the pace is {100 * order.Pace:0} %" : "full pace again",
        OrderKind.Stop => "the training is asked to end",
        _ => "full micro-batches again",
    }}"
        );

    private void ReportState(TrainerActivity state)
    {
        _lastHeartbeat = _clock.GetTimestamp();
        _channel.Write(
            new TrainerStatus(_order?.Sequence ?? 0, state, _step, _clock.GetUtcNow(), keeper?.Restarts ?? 0, keeper?.HasGivenUp ?? false)
        );
    }

    [LibraryImport(Library, EntryPoint = "malloc_trim")]
    private static partial int Trim(nint keptBytes);
}
