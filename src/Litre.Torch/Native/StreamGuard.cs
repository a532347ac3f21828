using System.Runtime.InteropServices;
using Litre.Torch.Loading;

namespace Litre.Torch.Native;

/// <summary>
/// libtorch's current stream, which its operators and our kernels start on (torch/csrc/inductor/aoti_torch/c/shim.h). The functions
/// that change it are no part of what Litre needs: where a build lacks them, nothing is recorded.
/// </summary>
internal static unsafe class StreamGuard
{
    private static readonly Lazy<(nint Create, nint Delete)> Functions = new(Find);

    /// <summary>Whether libtorch has them and runs on CUDA.</summary>
    public static bool IsThere => Functions.Value is { Create: not 0, Delete: not 0 };

    /// <summary>This thread's stream on a device; 0 is the default one.</summary>
    public static nint CurrentStream(int device)
    {
        void* stream;
        OpCall.Check(TorchApi.aoti_torch_get_current_cuda_stream(device, &stream));
        return (nint)stream;
    }

    /// <summary>Makes a stream this thread's own, until the guard is deleted.</summary>
    public static nint Create(nint stream, int device)
    {
        nint guard;
        OpCall.Check(((delegate* unmanaged<nint, int, nint*, int>)Functions.Value.Create)(stream, device, &guard), "aoti_torch_create_cuda_stream_guard");
        return guard;
    }

    public static void Delete(nint guard) =>
        OpCall.Check(((delegate* unmanaged<nint, int>)Functions.Value.Delete)(guard), "aoti_torch_delete_cuda_stream_guard");

    private static (nint Create, nint Delete) Find()
    {
        var libtorch = Libtorch.Load();
        return libtorch.HasCuda
            && NativeLibrary.TryGetExport(libtorch.CudaHandle, "aoti_torch_create_cuda_stream_guard", out var create)
            && NativeLibrary.TryGetExport(libtorch.CudaHandle, "aoti_torch_delete_cuda_stream_guard", out var delete)
                ? (create, delete) : (0, 0);
    }
}
