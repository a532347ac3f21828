using Litre.Core;

namespace Litre.Torch;

/// <summary>Streams to record steps on as CUDA graphs, and what is said where that fails. Thread-safe.</summary>
public static class CudaGraphs
{
    private static volatile bool _refused;
    private static long _recorded;
    private static long _launched;

    /// <summary>How many graphs this process has recorded.</summary>
    public static long Recorded => Interlocked.Read(ref _recorded);

    /// <summary>How often this process has launched one.</summary>
    public static long Launched => Interlocked.Read(ref _launched);

    /// <summary>Whether this thread records a graph at the moment.</summary>
    [field: ThreadStatic]
    internal static bool Recording { get; set; }

    /// <summary>
    /// A stream to record on, which nobody else uses until it is disposed; null where steps are not recorded: not a CUDA
    /// device, a libtorch without the functions for it, or a failure before.
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
            "litre: every operator is started by itself instead of a whole recorded step, which is slower but right: "
                + $"{reason.ReplaceLineEndings(" ")}"
        );
    }

    /// <summary>Lets a new attempt follow a failure, for tests.</summary>
    internal static void Forgive() => _refused = false;

    internal static void NoteRecorded() => Interlocked.Increment(ref _recorded);

    internal static void NoteLaunched() => Interlocked.Increment(ref _launched);
}
