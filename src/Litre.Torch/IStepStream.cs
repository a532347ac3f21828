namespace Litre.Torch;

/// <summary>A stream on which steps run that can be recorded. Not thread-safe.</summary>
public interface IStepStream : IDisposable
{
    /// <summary>
    /// Makes this thread's operators run on it until the result is disposed. Each side waits for the work that the other
    /// has started, so that memory may be used on both.
    /// </summary>
    IDisposable Enter();

    /// <summary>
    /// Records the device operations of <paramref name="work"/> without running them. Must be entered. The work must have run
    /// on this stream before and must not wait for the device or copy from or to the host; all tensors that it reads or writes and does
    /// not create itself must outlive the graph.
    /// </summary>
    /// <returns>Null if it cannot be recorded, which a notice reports; the stream must not be used afterwards.</returns>
    IStepGraph? Record(Action work);
}

/// <summary>Recorded work that can be run again with one call. Not thread-safe.</summary>
public interface IStepGraph : IDisposable
{
    /// <summary>Runs all of it again, in the order of its stream, on the same memory.</summary>
    /// <exception cref="TorchException">It cannot be started.</exception>
    void Launch();
}
