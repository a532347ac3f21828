namespace Litre.Torch;

/// <summary>
/// A CUDA graph: the kernels and copies that some work started on a stream, which the driver starts again with one call.
/// They read and write the same addresses as the first time.
/// </summary>
/// <remarks>
/// Memory. Tensors that the work creates and frees return to libtorch's allocator at once, as without a graph, and later parts of
/// the work reuse it: replays run in the same order. libtorch keeps memory freed on a stream for that stream alone, so
/// no other code gets it as long as the stream belongs to the graph's owner (<see cref="CudaStream"/>), who must allocate
/// nothing there while the graph exists. That also covers what operators allocate internally, which keeping tensors from being
/// freed would not. libtorch returns such memory to the driver only if memory runs out; nothing else on the device
/// may cause that while a graph exists, which plans and the governor ensure.
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
                // Also after a failure: the stream must not stay in recording mode.
                graph = CudaDriver.EndCapture(stream.Device.Index, stream.Handle);
            }
            if (graph == 0)
                throw new TorchException("the driver could not record a step");
            // An empty graph would repeat the last result forever.
            if (CudaDriver.NodesOf(stream.Device.Index, graph) == 0)
                throw new TorchException("a recorded step is empty: libtorch does not use the stream that it was given");
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
