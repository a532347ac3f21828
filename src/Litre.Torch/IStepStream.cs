namespace Litre.Torch;

/// <summary>A place where steps run that can be recorded. Not thread-safe.</summary>
public interface IStepStream : IDisposable
{
    /// <summary>
    /// Makes it the place where this thread's operators run, until the result is disposed. Each side waits for what the other
    /// has begun, so that memory may be used on both.
    /// </summary>
    IDisposable Enter();

    /// <summary>
    /// Records what <paramref name="work"/> asks of the device, without doing it. Must be entered. The work must have run
    /// here before, must not wait for the device or copy from or to the host, and all tensors that it reads or writes and does not
    /// make itself must outlive the graph.
    /// </summary>
    /// <returns>Null where it cannot be recorded, which one line on stderr has said; the stream is then not to be used any more.</returns>
    IStepGraph? Record(Action work);
}

/// <summary>Work that was recorded once and can be done again with one call. Not thread-safe.</summary>
public interface IStepGraph : IDisposable
{
    /// <summary>Does all of it once more, in its stream's order, on the same memory.</summary>
    /// <exception cref="TorchException">It does not start.</exception>
    void Launch();
}
