using Litre.Core;

namespace Litre.Torch;

/// <summary>Streams to record steps on as CUDA graphs, and the notice if that fails. Thread-safe.</summary>
public static class CudaGraphs
{
    private static volatile bool _refused;
    private static long _recorded;
    private static long _launched;

    /// <summary>How many graphs this process has recorded.</summary>
    public static long Recorded => Interlocked.Read(ref _recorded);

    /// <summary>How often this process has launched one.</summary>
    public static long Launched => Interlocked.Read(ref _launched);

    /// <summary>Whether this thread is recording a graph.</summary>
    [field: ThreadStatic]
    internal static bool Recording { get; set; }

    /// <summary>
    /// A stream to record on, for the caller alone until it is disposed; null if steps are not recorded: not a CUDA
    /// device, a libtorch without the functions for it, or an earlier failure.
    /// </summary>
    public static IStepStream? TryOpen(Device device)
    {
        if (device.Type != DeviceType.Cuda || _refused || !StreamGuard.IsAvailable)
            return null;
        try
        {
            return CudaStream.Rent(device);
        }
        catch (Exception e) when (e is TorchException or EntryPointNotFoundException)
        {
            Refuse(e.Message);
            return null;
        }
    }

    /// <exception cref="InvalidOperationException">This thread records a graph, which <paramref name="what"/> cannot be part
    /// of.</exception>
    internal static void RefuseWhileRecording(string what)
    {
        if (Recording)
            throw new InvalidOperationException($"{what}, which a recorded step cannot do");
    }

    internal static void Refuse(string reason)
    {
        _refused = true;
        Notices.Report(
            "litre: operators are started one at a time instead of as a recorded step, which is slower but correct: "
                + $"{reason.ReplaceLineEndings(" ")}"
        );
    }

    /// <summary>Allows a new attempt after a failure, for tests.</summary>
    internal static void Forgive() => _refused = false;

    internal static void NoteRecorded() => Interlocked.Increment(ref _recorded);

    internal static void NoteLaunched() => Interlocked.Increment(ref _launched);
}
