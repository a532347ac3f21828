namespace Litre.Torch;

public static partial class Ops
{
    /// <summary>Sum over one dimension.</summary>
    public static Tensor Sum(Tensor x, int dim, bool keep = false) => Reduce("aten::sum"u8, "dim_IntList"u8, x, dim, keep);

    /// <summary>Mean over one dimension.</summary>
    public static Tensor Mean(Tensor x, int dim, bool keep = false) => Reduce("aten::mean"u8, "dim"u8, x, dim, keep);

    /// <summary>Softmax over the last dimension, in the input's type.</summary>
    public static Tensor Softmax(Tensor x) => SoftmaxLike("aten::_softmax"u8, x);

    public static Tensor LogSoftmax(Tensor x) => SoftmaxLike("aten::_log_softmax"u8, x);

    /// <summary>Gradient of the softmax over the last dimension, from its output.</summary>
    public static Tensor SoftmaxBackward(Tensor dY, Tensor y)
    {
        Same("aten::_softmax_backward_data"u8, dY, y);
        SameSizes("aten::_softmax_backward_data"u8, dY, y);
        if (y.Device.IsMeta)
            return Meta(y.Sizes, y.DType, y.Device, y, dY);
        var call = new OpCall("aten::_softmax_backward_data"u8);
        call.Push(dY);
        call.Push(y);
        call.Push(y.Rank - 1);
        call.Push((long)y.DType);
        return Finish(ref call, y.Sizes, y.DType, y.Device);
    }

    /// <summary>The k largest elements of each row, largest first, and their int64 indices.</summary>
    public static (Tensor Values, Tensor Indices) TopK(Tensor x, long k)
    {
        if (k > x.Size(-1))
            throw Refuse("aten::topk"u8, $"k = {k} is out of range for {x}");
        var sizes = x.Sizes.ToArray();
        sizes[^1] = k;
        if (x.Device.IsMeta)
            return (Meta(sizes, x.DType, x.Device, x), Meta(sizes, DType.Int64, x.Device));
        var call = new OpCall("aten::topk"u8);
        call.Push(x);
        call.Push(k);
        call.Push(-1L);
        call.Push(true);
        call.Push(true);
        return Pair(ref call, sizes, x.DType, x.Device);
    }

    /// <summary>A vector sorted ascending, equal elements in their given order, and the int64 positions they had.</summary>
    public static (Tensor Values, Tensor Indices) SortStable(Tensor x)
    {
        if (x.Rank != 1)
            throw Refuse("aten::sort"u8, $"{x} is not a vector");
        if (x.Device.IsMeta)
            return (Meta(x.Sizes, x.DType, x.Device, x), Meta(x.Sizes, DType.Int64, x.Device));
        var call = new OpCall("aten::sort"u8, "stable"u8);
        call.Push(x);
        call.PushOptional(true);
        call.Push(-1L);
        call.Push(false);
        return Pair(ref call, x.Sizes, x.DType, x.Device);
    }

    /// <summary>For each of <paramref name="values"/>, how many elements of the sorted vector are not larger; int32.</summary>
    public static Tensor CountNotLarger(Tensor sorted, Tensor values)
    {
        Same("aten::searchsorted"u8, sorted, values);
        if (sorted.Device.IsMeta)
            return Meta(values.Sizes, DType.Int32, values.Device, values);
        var call = new OpCall("aten::searchsorted"u8, "Tensor"u8);
        call.Push(sorted);
        call.Push(values);
        call.Push(true);
        call.Push(true);
        call.PushNone();
        call.PushNone();
        return Finish(ref call, values.Sizes, DType.Int32, values.Device);
    }

    /// <summary>The index of the largest element of each row.</summary>
    public static Tensor ArgMax(Tensor x)
    {
        var sizes = x.Sizes[..^1];
        if (x.Device.IsMeta)
            return Meta(sizes, DType.Int64, x.Device, x);
        var call = new OpCall("aten::argmax"u8);
        call.Push(x);
        call.PushOptional(-1L);
        call.Push(false);
        return Finish(ref call, sizes, DType.Int64, x.Device);
    }

    private static (Tensor, Tensor) Pair(ref OpCall call, ReadOnlySpan<long> sizes, DType dtype, Device device)
    {
        call.Run();
        Calls++;
        return (call.Result(0, sizes, dtype, device), call.Result(1, sizes, DType.Int64, device));
    }

    private static Tensor SoftmaxLike(ReadOnlySpan<byte> op, Tensor x)
    {
        if (x.Device.IsMeta)
            return Meta(x.Sizes, x.DType, x.Device, x);
        var call = new OpCall(op);
        call.Push(x);
        call.Push(x.Rank - 1);
        call.Push(false);
        return Finish(ref call, x.Sizes, x.DType, x.Device);
    }

    private static Tensor Reduce(ReadOnlySpan<byte> op, ReadOnlySpan<byte> overload, Tensor x, int dim, bool keep)
    {
        dim = Dimension(op, x, dim);
        var sizes = new List<long>(x.Sizes.ToArray());
        if (keep)
            sizes[dim] = 1;
        else
            sizes.RemoveAt(dim);
        long[] shape = [.. sizes];
        if (x.Device.IsMeta)
            return Meta(shape, x.DType, x.Device, x);
        var call = new OpCall(op, overload);
        call.Push(x);
        call.PushOptional((ReadOnlySpan<long>)[dim]);
        call.Push(keep);
        call.PushNone();
        return Finish(ref call, shape, x.DType, x.Device);
    }
}
