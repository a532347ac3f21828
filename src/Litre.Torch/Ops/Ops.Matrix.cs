using Litre.Torch.Native;

namespace Litre.Torch;

public static partial class Ops
{
    /// <summary><c>x Wᵀ + bias</c>: (…, in) with (out, in) and (out) gives (…, out).</summary>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        Same("aten::linear"u8, x, weight);
        if (weight.Rank != 2 || x.Rank < 1 || x.Size(-1) != weight.Size(1))
            throw Refuse("aten::linear"u8, $"input {x} and weight {weight} do not match: expected (…, in) and (out, in)");
        if (bias is not null && (bias.Rank != 1 || bias.Size(0) != weight.Size(0)))
            throw Refuse("aten::linear"u8, $"bias {bias} does not match weight {weight}");
        var sizes = x.Sizes.ToArray();
        sizes[^1] = weight.Size(0);
        var flops = 2.0 * x.Count * weight.Size(0);
        if (x.Device.IsMeta)
            return Meta(flops, sizes, x.DType, x.Device, x, weight);
        var call = new OpCall("aten::linear"u8) { Flops = flops };
        call.Push(x);
        call.Push(weight);
        call.PushOptional(bias);
        return Finish(ref call, sizes, x.DType, x.Device);
    }

    /// <summary>
    /// <c>gelu(x Wᵀ + bias)</c> in one operator: (m, in) with (out, in) and (out) gives (m, out). On CUDA the tanh form, within the
    /// product (cuBLASLt); the CPU's operator uses the error function.
    /// </summary>
    /// <param name="x">(m, in)</param>
    /// <param name="weight">(out, in)</param>
    /// <param name="bias">(out)</param>
    public static unsafe Tensor LinearGelu(Tensor x, Tensor weight, Tensor bias)
    {
        Same("aten::_addmm_activation"u8, x, weight);
        Same("aten::_addmm_activation"u8, x, bias);
        if (x.Rank != 2 || weight.Rank != 2 || x.Size(1) != weight.Size(1))
            throw Refuse("aten::_addmm_activation"u8, $"input {x} and weight {weight} do not match: expected (m, in) and (out, in)");
        if (bias.Rank != 1 || bias.Size(0) != weight.Size(0))
            throw Refuse("aten::_addmm_activation"u8, $"bias {bias} does not match weight {weight}");
        long[] sizes = [x.Size(0), weight.Size(0)];
        var flops = 2.0 * x.Count * weight.Size(0);
        if (x.Device.IsMeta)
            return Meta(flops, sizes, x.DType, x.Device, x, weight);
        OpCall.DisableGradMode();
        nint result;
        using var columns = weight.Transposed();
        var timer = OperatorTimer.Start();
        OpCall.Check(
            x.Device.Type == DeviceType.Cuda
                ? TorchApi.aoti_torch_cuda__addmm_activation(bias.Handle, x.Handle, columns.Handle, 1, 1, 1, &result)
                : TorchApi.aoti_torch_cpu__addmm_activation(bias.Handle, x.Handle, columns.Handle, 1, 1, 1, &result)
        );
        Calls++;
        var y = Tensor.FromHandle(result, sizes, x.DType, x.Device, "_addmm_activation"u8);
        timer.Stop("aten::_addmm_activation"u8, flops, y, x, weight);
        return y;
    }

    /// <summary>Matrix product: (m, k) by (k, n) gives (m, n).</summary>
    public static Tensor MatMul(Tensor a, Tensor b)
    {
        Same("aten::mm"u8, a, b);
        if (a.Rank != 2 || b.Rank != 2 || a.Size(1) != b.Size(0))
            throw Refuse("aten::mm"u8, $"{a} by {b}: inner sizes do not match");
        long[] sizes = [a.Size(0), b.Size(1)];
        var flops = 2.0 * a.Count * b.Size(1);
        if (a.Device.IsMeta)
            return Meta(flops, sizes, a.DType, a.Device, a, b);
        var call = new OpCall("aten::mm"u8) { Flops = flops };
        call.Push(a);
        call.Push(b);
        return Finish(ref call, sizes, a.DType, a.Device);
    }

    /// <summary>Batched matrix product: (b, m, k) by (b, k, n) gives (b, m, n).</summary>
    public static Tensor BatchMatMul(Tensor a, Tensor b)
    {
        Same("aten::bmm"u8, a, b);
        if (a.Rank != 3 || b.Rank != 3 || a.Size(0) != b.Size(0) || a.Size(2) != b.Size(1))
            throw Refuse("aten::bmm"u8, $"{a} by {b}: batch or inner sizes do not match");
        long[] sizes = [a.Size(0), a.Size(1), b.Size(2)];
        var flops = 2.0 * a.Count * b.Size(2);
        if (a.Device.IsMeta)
            return Meta(flops, sizes, a.DType, a.Device, a, b);
        var call = new OpCall("aten::bmm"u8) { Flops = flops };
        call.Push(a);
        call.Push(b);
        return Finish(ref call, sizes, a.DType, a.Device);
    }

    /// <summary>
    /// <c>result = beta * result + scale * a b</c> in place. Where the result's type is wider than the operands'
    /// (float32 gradients of a bf16 model), the product is made in the operands' type and then added, or copied where
    /// <paramref name="beta"/> is 0; values other than 0 and 1 are refused then.
    /// </summary>
    public static unsafe Tensor AddMatMulInPlace(Tensor result, Tensor a, Tensor b, double beta = 1, double scale = 1)
    {
        Same("aten::addmm"u8, a, b);
        if (a.Rank != 2 || b.Rank != 2 || a.Size(1) != b.Size(0) || !result.Sizes.SequenceEqual([a.Size(0), b.Size(1)]))
            throw Refuse("aten::addmm"u8, $"{result} += {a} by {b}: sizes do not match");
        if (result.DType != a.DType)
        {
            if (beta is not (0 or 1))
                throw Refuse("aten::addmm"u8, $"{result} of a wider type supports only beta 0 or 1, not {beta}");
            using var product = scale == 1 ? MatMul(a, b) : AddMatMulInPlace(Tensor.Empty(result.Sizes, a.DType, a.Device), a, b, 0, scale);
            return beta == 0 ? result.CopyFrom(product) : Accumulate(result, product);
        }
        Calls++;
        var flops = 2.0 * a.Count * b.Size(1);
        if (result.Device.IsMeta)
        {
            Count(flops, result, result, a, b);
            return result;
        }
        OpCall.DisableGradMode();
        var timer = OperatorTimer.Start();
        OpCall.Check(
            result.Device.Type == DeviceType.Cuda
                ? TorchApi.aoti_torch_cuda_addmm_out(result.Handle, result.Handle, a.Handle, b.Handle, beta, scale)
                : TorchApi.aoti_torch_cpu_addmm_out(result.Handle, result.Handle, a.Handle, b.Handle, beta, scale)
        );
        timer.Stop("aten::addmm"u8, flops, result, result, a, b);
        return result;
    }

    /// <summary><c>result += x</c> in place; x may have a narrower floating-point type, which the sum widens.</summary>
    public static Tensor Accumulate(Tensor result, Tensor x)
    {
        SameDevice("aten::add"u8, result, x);
        SameSizes("aten::add"u8, result, x);
        Floating("aten::add"u8, x);
        if (result.DType.Bytes() < x.DType.Bytes())
            throw Refuse("aten::add"u8, $"{x} is wider than {result}");
        using var sum = Added(result, x, result.Sizes, 1);
        return result.CopyFrom(sum);
    }

    /// <summary>Sum of products of two vectors, as a tensor of no dimensions.</summary>
    public static Tensor Dot(Tensor a, Tensor b)
    {
        Same("aten::dot"u8, a, b);
        if (a.Rank != 1 || !a.Sizes.SequenceEqual(b.Sizes))
            throw Refuse("aten::dot"u8, $"{a} by {b}");
        if (a.Device.IsMeta)
            return Meta([], a.DType, a.Device, a, b);
        var call = new OpCall("aten::dot"u8);
        call.Push(a);
        call.Push(b);
        return Finish(ref call, [], a.DType, a.Device);
    }

    /// <summary>
    /// True if one grouped product over all experts runs without waiting for the host. libtorch's kernel is for compute capability 9
    /// and 10 (_grouped_mm_cuda in aten/src/ATen/native/cuda/GroupedBlas.cpp, 2.10 to 2.11); on other GPUs the operator would read the
    /// groups' ends back to the host in every call. A meta device counts as one that has it.
    /// </summary>
    public static bool HasGroupedMatMul(Tensor a) =>
        a.Device.UsesCuda && a.DType == DType.BFloat16 && (a.Device.IsMeta || CudaDriver.Of(a.Device) is { HasGroupedProducts: true });

    /// <summary>
    /// One product per group of rows: rows offsets[g-1] … offsets[g]-1 of (m, k) by matrix g of (G, k, n) give (m, n).
    /// CUDA, bf16 only; k and n must be multiples of 8.
    /// </summary>
    /// <param name="a">(m, k), rows sorted by group.</param>
    /// <param name="b">(G, k, n), row- or column-major in its last two dimensions.</param>
    /// <param name="offsets">(G) int32: the end of each group's rows.</param>
    public static Tensor GroupedMatMul(Tensor a, Tensor b, Tensor offsets)
    {
        Same("aten::_grouped_mm"u8, a, b);
        if (a.Rank != 2 || b.Rank != 3 || a.Size(1) != b.Size(1) || offsets.Rank != 1 || offsets.Size(0) != b.Size(0))
            throw Refuse("aten::_grouped_mm"u8, $"{a} by {b} with offsets {offsets}: sizes do not match");
        return Grouped(a, b, offsets, [a.Size(0), b.Size(2)]);
    }

    /// <summary>
    /// One product per group of columns: (k, m) by (m, n), where group g owns offsets[g-1] … offsets[g]-1 of m,
    /// gives (G, k, n): the weight gradient of <see cref="GroupedMatMul"/>.
    /// </summary>
    public static Tensor GroupedOuter(Tensor a, Tensor b, Tensor offsets)
    {
        Same("aten::_grouped_mm"u8, a, b);
        if (a.Rank != 2 || b.Rank != 2 || a.Size(1) != b.Size(0) || offsets.Rank != 1)
            throw Refuse("aten::_grouped_mm"u8, $"{a} by {b} with offsets {offsets}: sizes do not match");
        return Grouped(a, b, offsets, [offsets.Size(0), a.Size(0), b.Size(1)]);
    }

    private static Tensor Grouped(Tensor a, Tensor b, Tensor offsets, ReadOnlySpan<long> sizes)
    {
        // Each row by one matrix of its group, or in the outer product each pair of rows once: the same count.
        var flops = 2.0 * a.Count * sizes[^1];
        if (a.Device.IsMeta)
            return Meta(flops, sizes, a.DType, a.Device, a, b);
        var call = new OpCall("aten::_grouped_mm"u8) { Flops = flops };
        call.Push(a);
        call.Push(b);
        call.PushOptional(offsets);
        call.PushNone();
        call.PushNone();
        return Finish(ref call, sizes, a.DType, a.Device);
    }
}
