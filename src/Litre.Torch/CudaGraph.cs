namespace Litre.Torch;

/// <summary>
/// A CUDA graph: the kernels and copies that a piece of work started on a stream, which the driver starts again with one call.
/// They read and write the addresses of the first time.
/// </summary>
/// <remarks>
/// Memory. What the work makes and frees goes back to libtorch's allocator at once, as without a graph, and later parts of
/// the work take it again: replays run in the same order. libtorch keeps what was freed on a stream for that stream alone, so
/// nobody else gets it as long as the stream belongs to the graph's owner (<see cref="CudaStream"/>), who must allocate
/// nothing there while the graph lives. That covers what operators allocate inside themselves too, which tensors kept from being
/// freed would not. Only where memory runs out does libtorch give such memory back to the driver; nothing else on the device
/// may come near that while a graph lives, which plans and the governor see to.
/// </remarks>
internal sealed class CudaGraph : IStepGraph
{
    private readonly CudaStream _stream;
    private nint _executable;

    private CudaGraph(CudaStream stream, nint executable) => (_stream, _executable) = (stream, executable);

    /// <summary>Records what <paramref name="work"/> starts on the stream, which must be entered.</summary>
    /// <exception cref="TorchException">The driver cannot record it, or nothing was started.</exception>
    /// <exception cref="InvalidOperationException">The work waits for the device or copies from or to the host.</exception>
    public static CudaGraph Record(CudaStream stream, Action work)
    {
        CudaDriver.BeginCapture(stream.Device.Index, stream.Handle);
        nint graph = 0;
        try
        {
            CudaGraphs.Recording = true;
            var calls = Ops.Calls;
            try
            {
                work();
            }
            finally
            {
                CudaGraphs.Recording = false;
                Ops.Calls = calls;
                // Also after a failure: the stream must not stay as it is.
                graph = CudaDriver.EndCapture(stream.Device.Index, stream.Handle);
            }
            if (graph == 0)
                throw new TorchException("the driver could not record a step");
            // A graph of nothing would repeat the last answer for ever.
            if (CudaDriver.NodesOf(stream.Device.Index, graph) == 0)
                throw new TorchException("a recorded step holds nothing: libtorch does not work on the stream that it was given");
            return new CudaGraph(stream, CudaDriver.Instantiate(stream.Device.Index, graph));
        }
        finally
        {
            if (graph != 0)
                CudaDriver.DestroyGraph(stream.Device.Index, graph);
        }
    }

    public void Launch()
    {
        ObjectDisposedException.ThrowIf(_executable == 0, this);
        Ops.Calls++;
        CudaGraphs.NoteLaunched();
        CudaDriver.LaunchGraph(_stream.Device.Index, _executable, _stream.Handle);
    }

    public void Dispose()
    {
        if (_executable == 0)
            return;
        CudaDriver.WaitFor(_stream.Device.Index, _stream.Handle);
        CudaDriver.DestroyExecutable(_stream.Device.Index, _executable);
        _executable = 0;
    }
}
