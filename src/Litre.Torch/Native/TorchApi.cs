using System.Runtime.InteropServices;

namespace Litre.Torch.Native;

/// <summary>
/// libtorch's stable C ABI (torch/csrc/stable/c/shim.h and torch/csrc/inductor/aoti_torch/c/shim.h).
/// Functions return zero on success; the reason for a failure is printed on stderr by libtorch.
/// </summary>
internal static unsafe partial class TorchApi
{
    private const string Lib = "torch_cpu";

    [LibraryImport(Lib)]
    internal static partial ulong aoti_torch_abi_version();

    [LibraryImport(Lib)]
    internal static partial int torch_call_dispatcher(byte* op, byte* overload, ulong* stack, ulong abiVersion);

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_new_tensor_handle(nint original, nint* result);

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_delete_tensor_object(nint tensor);

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_new_uninitialized_tensor(nint* result);

    [LibraryImport(Lib), SuppressGCTransition]
    internal static partial int aoti_torch_get_data_ptr(nint tensor, void** result);

    [LibraryImport(Lib), SuppressGCTransition]
    internal static partial int aoti_torch_get_dim(nint tensor, long* result);

    [LibraryImport(Lib), SuppressGCTransition]
    internal static partial int aoti_torch_get_sizes(nint tensor, long** result);

    [LibraryImport(Lib), SuppressGCTransition]
    internal static partial int aoti_torch_get_strides(nint tensor, long** result);

    [LibraryImport(Lib), SuppressGCTransition]
    internal static partial int aoti_torch_get_dtype(nint tensor, int* result);

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_empty_strided(
        long dims,
        long* sizes,
        long* strides,
        int dtype,
        int deviceType,
        int deviceIndex,
        nint* result
    );

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_empty_strided_pinned(
        long dims,
        long* sizes,
        long* strides,
        int dtype,
        int deviceType,
        int deviceIndex,
        nint* result
    );

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_create_tensor_from_blob(
        void* data,
        long dims,
        long* sizes,
        long* strides,
        long storageOffset,
        int dtype,
        int deviceType,
        int deviceIndex,
        nint* result
    );

    [LibraryImport(Lib)]
    internal static partial int aoti_torch__reinterpret_tensor(
        nint self,
        long dims,
        long* sizes,
        long* strides,
        long offsetIncrement,
        nint* result
    );

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_copy_(nint self, nint source, int nonBlocking);

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_zero_(nint self);

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_aten_fill__Scalar(nint self, double value);

    [LibraryImport(Lib)]
    internal static partial void aoti_torch_grad_mode_set_enabled([MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Lib)]
    internal static partial int torch_new_list_reserve_size(nuint size, nint* result);

    [LibraryImport(Lib)]
    internal static partial int torch_list_push_back(nint list, ulong element);

    [LibraryImport(Lib)]
    internal static partial int torch_new_string_handle(byte* data, nuint length, nint* result);

    // Operators whose schema has a Scalar argument, which the dispatcher call cannot carry.

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_cpu_add_Tensor(nint self, nint other, double alpha, nint* result);

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_cpu_add_Scalar(nint self, double other, double alpha, nint* result);

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_cpu_mul_Scalar(nint self, double other, nint* result);

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_cpu_addmm_out(nint result, nint self, nint a, nint b, double beta, double alpha);

    [LibraryImport(Lib)]
    internal static partial int aoti_torch_cpu__addmm_activation(
        nint self,
        nint a,
        nint b,
        double beta,
        double alpha,
        int gelu,
        nint* result
    );

    private const string CudaLib = "torch_cuda";

    [LibraryImport(CudaLib)]
    internal static partial int aoti_torch_cuda_add_Tensor(nint self, nint other, double alpha, nint* result);

    [LibraryImport(CudaLib)]
    internal static partial int aoti_torch_cuda_add_Scalar(nint self, double other, double alpha, nint* result);

    [LibraryImport(CudaLib)]
    internal static partial int aoti_torch_cuda_mul_Scalar(nint self, double other, nint* result);

    [LibraryImport(CudaLib)]
    internal static partial int aoti_torch_cuda_addmm_out(nint result, nint self, nint a, nint b, double beta, double alpha);

    // Returns numbers among its tensors, which the dispatcher call confuses (libtorch 2.11).

    [LibraryImport(CudaLib)]
    internal static partial int aoti_torch_cuda__scaled_dot_product_cudnn_attention(
        nint query,
        nint key,
        nint value,
        nint* bias,
        int logSumExp,
        double dropout,
        int causal,
        int debugMask,
        double* scale,
        nint* output,
        nint* statistics,
        nint* startsQ,
        nint* startsK,
        long* longestQ,
        long* longestK,
        nint* seed,
        nint* offset,
        nint* mask
    );

    [LibraryImport(CudaLib)]
    internal static partial int aoti_torch_cuda__addmm_activation(
        nint self,
        nint a,
        nint b,
        double beta,
        double alpha,
        int gelu,
        nint* result
    );

    [LibraryImport(CudaLib)]
    internal static partial int aoti_torch_get_current_cuda_stream(int device, void** stream);
}
