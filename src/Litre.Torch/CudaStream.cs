using System.Collections.Concurrent;

namespace Litre.Torch;

/// <summary>
/// A separate stream, since the default one cannot be recorded. Rented, so that one owner has it at a time: memory that libtorch
/// allocates on a stream it reuses for that stream alone (<see cref="CudaGraph"/>). A stream that is returned keeps its memory and
/// the matrix library's work space for the next owner.
/// </summary>
internal sealed class CudaStream : IStepStream
{
    private static readonly ConcurrentDictionary<int, ConcurrentBag<nint>> Idle = new();

    private bool _failed;
    private bool _returned;

    private CudaStream(Device device, nint handle) => (Device, Handle) = (device, handle);

    public Device Device { get; }

    public nint Handle { get; }

    /// <exception cref="TorchException">The driver cannot create a stream.</exception>
    public static CudaStream Rent(Device device) =>
        new(
            device,
            Idle.TryGetValue(device.Index, out var idle) && idle.TryTake(out var handle) ? handle : CudaDriver.CreateStream(device.Index)
        );

    public IDisposable Enter()
    {
        CudaDriver.WaitFor(Device.Index, StreamGuard.CurrentStream(Device.Index));
        return new Entered(this, StreamGuard.Create(Handle, Device.Index));
    }

    public IStepGraph? Record(Action work)
    {
        try
        {
            var graph = CudaGraph.Record(this, work);
            CudaGraphs.NoteRecorded();
            return graph;
        }
        catch (Exception e)
        {
            // Any exception of an operator, a kernel or an unexpected driver: the same step, started operator by
            // operator, does the same work or reports what is wrong.
            _failed = true;
            CudaGraphs.Refuse(e.Message);
            ClearError();
            return null;
        }
    }

    /// <summary>Returns the stream, unless a recording failed on it.</summary>
    public void Dispose()
    {
        if (_returned)
            return;
        _returned = true;
        if (!_failed)
            Idle.GetOrAdd(Device.Index, static _ => []).Add(Handle);
    }

    // libtorch reports an error that the runtime still remembers after the next kernel, regardless of its cause.
    private void ClearError()
    {
        try
        {
            Tensor.Zeros([1], DType.Float32, Device).Dispose();
        }
        catch (TorchException)
        {
            // Clears that error. The next operator shows whether the device works.
        }
    }

    private sealed class Entered(CudaStream stream, nint guard) : IDisposable
    {
        public void Dispose()
        {
            StreamGuard.Delete(guard);
            CudaDriver.WaitFor(stream.Device.Index, stream.Handle);
        }
    }
}
