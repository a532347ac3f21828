using System.Runtime.InteropServices;

namespace Litre.Torch;

/// <content>Streams, and graphs recorded on them (cuda.h).</content>
public static unsafe partial class CudaDriver
{
    // Not synchronized with the default stream, on which other streams would wait implicitly.
    private const uint NonBlocking = 1;

    // The recording thread may allocate meanwhile, as libtorch's allocator does.
    private const int Relaxed = 2;

    [LibraryImport(Library, EntryPoint = "cuStreamCreate")]
    private static partial int StreamCreate(out nint stream, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamSynchronize")]
    private static partial int StreamSynchronize(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
    private static partial int StreamBeginCapture(nint stream, int mode);

    [LibraryImport(Library, EntryPoint = "cuStreamEndCapture")]
    private static partial int StreamEndCapture(nint stream, out nint graph);

    [LibraryImport(Library, EntryPoint = "cuGraphGetNodes")]
    private static partial int GraphGetNodes(nint graph, nint* nodes, ref nuint count);

    [LibraryImport(Library, EntryPoint = "cuGraphInstantiateWithFlags")]
    private static partial int GraphInstantiate(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library, EntryPoint = "cuGraphLaunch")]
    private static partial int GraphLaunch(nint executable, nint stream);

    [LibraryImport(Library, EntryPoint = "cuGraphExecDestroy")]
    private static partial int GraphExecDestroy(nint executable);

    [LibraryImport(Library, EntryPoint = "cuGraphDestroy")]
    private static partial int GraphDestroy(nint graph);

    internal static nint CreateStream(int device)
    {
        using var context = Enter(ContextOf(device));
        Check(StreamCreate(out var stream, NonBlocking), "cuStreamCreate");
        return stream;
    }

    /// <summary>Waits for the work on a stream; 0 is the default one.</summary>
    internal static void WaitFor(int device, nint stream)
    {
        CudaGraphs.RefuseWhileRecording("waiting for a stream");
        using var context = Enter(ContextOf(device));
        Check(StreamSynchronize(stream), "cuStreamSynchronize");
    }

    internal static void BeginCapture(int device, nint stream)
    {
        using var context = Enter(ContextOf(device));
        Check(StreamBeginCapture(stream, Relaxed), "cuStreamBeginCapture");
    }

    /// <summary>Ends a recording, even one that has failed; returns 0 if it has.</summary>
    internal static nint EndCapture(int device, nint stream)
    {
        using var context = Enter(ContextOf(device));
        return StreamEndCapture(stream, out var graph) == 0 ? graph : 0;
    }

    internal static long NodesOf(int device, nint graph)
    {
        using var context = Enter(ContextOf(device));
        nuint count = 0;
        Check(GraphGetNodes(graph, null, ref count), "cuGraphGetNodes");
        return (long)count;
    }

    internal static nint Instantiate(int device, nint graph)
    {
        using var context = Enter(ContextOf(device));
        Check(GraphInstantiate(out var executable, graph, 0), "cuGraphInstantiateWithFlags");
        return executable;
    }

    internal static void LaunchGraph(int device, nint executable, nint stream)
    {
        using var context = Enter(ContextOf(device));
        Check(GraphLaunch(executable, stream), "cuGraphLaunch");
    }

    internal static void DestroyExecutable(int device, nint executable)
    {
        using var context = Enter(ContextOf(device));
        Check(GraphExecDestroy(executable), "cuGraphExecDestroy");
    }

    internal static void DestroyGraph(int device, nint graph)
    {
        using var context = Enter(ContextOf(device));
        Check(GraphDestroy(graph), "cuGraphDestroy");
    }
}
