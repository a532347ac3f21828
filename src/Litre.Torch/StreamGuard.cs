using System.Runtime.InteropServices;
using Litre.Torch.Native;

namespace Litre.Torch;

/// <summary>
/// libtorch's current stream, on which its operators and Litre's kernels start (torch/csrc/inductor/aoti_torch/c/shim.h). The functions
/// that change it are optional: if a build lacks them, nothing is recorded.
/// </summary>
internal static unsafe class StreamGuard
{
    private static (nint Create, nint Delete)? _functions;

    // Before libtorch is loaded nothing is found and nothing is cached.
    private static (nint Create, nint Delete) Functions => LoadedLibrary.Cuda == 0 ? (0, 0) : _functions ??= Find();

    /// <summary>Whether libtorch has them and runs on CUDA.</summary>
    public static bool IsAvailable => Functions is { Create: not 0, Delete: not 0 };

    /// <summary>This thread's stream on a device; 0 is the default one.</summary>
    public static nint CurrentStream(int device)
    {
        void* stream;
        OpCall.Check(TorchApi.aoti_torch_get_current_cuda_stream(device, &stream));
        return (nint)stream;
    }

    /// <summary>Makes a stream current on this thread until the guard is deleted.</summary>
    public static nint Create(nint stream, int device)
    {
        nint guard;
        OpCall.Check(
            ((delegate* unmanaged<nint, int, nint*, int>)Functions.Create)(stream, device, &guard),
            "aoti_torch_create_cuda_stream_guard"
        );
        return guard;
    }

    public static void Delete(nint guard) =>
        OpCall.Check(((delegate* unmanaged<nint, int>)Functions.Delete)(guard), "aoti_torch_delete_cuda_stream_guard");

    private static (nint Create, nint Delete) Find() =>
        NativeLibrary.TryGetExport(LoadedLibrary.Cuda, "aoti_torch_create_cuda_stream_guard", out var create)
        && NativeLibrary.TryGetExport(LoadedLibrary.Cuda, "aoti_torch_delete_cuda_stream_guard", out var delete)
            ? (create, delete)
            : (0, 0);
}
