using Litre.Torch.Native;

namespace Litre.Torch;

public sealed partial class Tensor
{
    /// <summary>A view with other sizes and strides (in elements), starting <paramref name="offset"/> elements further.</summary>
    public unsafe Tensor AsStrided(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, long offset = 0)
    {
        nint handle = 0;
        if (!Device.IsMeta)
        {
            OpCall.DisableGradMode();
            fixed (
                long* s = sizes,
                    t = strides
            )
                OpCall.Check(TorchApi.aoti_torch__reinterpret_tensor(Handle, sizes.Length, s, t, offset, &handle));
        }
        return new Tensor(handle, Live.Share(), sizes.ToArray(), strides.ToArray(), DType, Device);
    }

    /// <summary>Another handle on the same elements, with a separate lifetime.</summary>
    public Tensor Alias() => AsStrided(_sizes, _strides);

    /// <summary>The same elements under other sizes; one size may be -1. The tensor must be dense.</summary>
    public Tensor View(params ReadOnlySpan<long> sizes)
    {
        var resolved = sizes.ToArray();
        var unknown = Array.IndexOf(resolved, -1);
        if (unknown >= 0)
        {
            resolved[unknown] = 1;
            var known = Shape.Count(resolved);
            resolved[unknown] = known == 0 ? 0 : Count / known;
        }
        if (Shape.Count(resolved) != Count || !IsContiguous)
            throw new ArgumentException($"view: {this} with strides {Shape.Text(_strides)} cannot be viewed as {Shape.Text(sizes)}");
        return AsStrided(resolved, Shape.ContiguousStrides(resolved));
    }

    /// <summary>Rows <paramref name="start"/> … start+length-1 along <paramref name="dim"/>.</summary>
    public Tensor Slice(int dim, long start, long length)
    {
        if (dim < 0)
            dim += Rank;
        if (dim < 0 || dim >= Rank || start < 0 || length < 0 || start + length > _sizes[dim])
            throw new ArgumentException($"slice: {start}..{start + length} of dimension {dim} is outside {this}");
        var sizes = (long[])_sizes.Clone();
        sizes[dim] = length;
        return AsStrided(sizes, _strides, length == 0 ? 0 : start * _strides[dim]);
    }

    public Tensor Permute(params ReadOnlySpan<int> order)
    {
        if (order.Length != Rank)
            throw new ArgumentException($"permute: an order of {order.Length} dimensions for {this}");
        for (var i = 0; i < Rank; i++)
        {
            if (!order.Contains(i))
                throw new ArgumentException(
                    $"permute: ({string.Join(", ", order.ToArray())}) is not a permutation of the dimensions of {this}"
                );
        }
        var sizes = new long[Rank];
        var strides = new long[Rank];
        for (var i = 0; i < Rank; i++)
        {
            sizes[i] = _sizes[order[i]];
            strides[i] = _strides[order[i]];
        }
        return AsStrided(sizes, strides);
    }

    /// <summary>The last two dimensions exchanged.</summary>
    public Tensor Transposed()
    {
        if (Rank < 2)
            throw new ArgumentException($"transpose: {this} has fewer than two dimensions");
        var sizes = (long[])_sizes.Clone();
        var strides = (long[])_strides.Clone();
        (sizes[^1], sizes[^2]) = (sizes[^2], sizes[^1]);
        (strides[^1], strides[^2]) = (strides[^2], strides[^1]);
        return AsStrided(sizes, strides);
    }

    /// <summary>Dimensions of size 1 repeated without copying.</summary>
    public Tensor Expand(params ReadOnlySpan<long> sizes)
    {
        if (sizes.Length != Rank)
            throw new ArgumentException($"expand: {this} cannot be expanded to {Shape.Text(sizes)}");
        var strides = (long[])_strides.Clone();
        for (var i = 0; i < Rank; i++)
        {
            if (_sizes[i] == sizes[i])
                continue;
            if (_sizes[i] != 1)
                throw new ArgumentException($"expand: {this} cannot be expanded to {Shape.Text(sizes)}");
            strides[i] = 0;
        }
        return AsStrided(sizes, strides);
    }

    /// <summary>A dense tensor with these elements: another handle if it is already dense, else a copy.</summary>
    public Tensor Contiguous() => IsContiguous ? Alias() : Clone();

    /// <summary>A dense copy.</summary>
    public Tensor Clone() => Empty(_sizes, DType, Device).CopyFrom(this);

    /// <summary>These elements as another type: another handle if the type is the same, else a copy.</summary>
    public Tensor To(DType dtype) => dtype == DType ? Alias() : Empty(_sizes, dtype, Device).CopyFrom(this);

    /// <summary>These elements on another device: another handle if it is the same, else a copy.</summary>
    public Tensor To(Device device) => device == Device ? Alias() : Empty(_sizes, DType, device).CopyFrom(this);

    /// <summary>Overwrites the elements with those of a tensor of the same shape, any type and any device.</summary>
    /// <param name="source">Values; a meta source leaves the elements unset.</param>
    /// <param name="nonBlocking">Return before a copy between page-locked memory and a CUDA device is complete.</param>
    public Tensor CopyFrom(Tensor source, bool nonBlocking = false)
    {
        if (!source.Sizes.SequenceEqual(_sizes))
            throw new ArgumentException($"copy: sizes of {source} and {this} differ");
        Ops.Calls++;
        if (Device.IsMeta || source.Device.IsMeta)
        {
            Ops.Tally?.Add(0, DType, Bytes + source.Bytes);
            return this;
        }
        if (source.Device != Device)
            CudaGraphs.RefuseWhileRecording($"copying {source} to {Device}");
        OpCall.DisableGradMode();
        var timer = OperatorTimer.Start();
        OpCall.Check(TorchApi.aoti_torch_copy_(Handle, source.Handle, nonBlocking ? 1 : 0));
        timer.Stop("aten::copy_"u8, this, source);
        return this;
    }

    public Tensor Zero()
    {
        Ops.Calls++;
        if (Device.IsMeta)
        {
            Ops.Tally?.Add(0, DType, Bytes);
            return this;
        }
        OpCall.DisableGradMode();
        var timer = OperatorTimer.Start();
        OpCall.Check(TorchApi.aoti_torch_zero_(Handle));
        timer.Stop("aten::zero_"u8, this);
        return this;
    }

    public Tensor Fill(double value)
    {
        Ops.Calls++;
        if (Device.IsMeta)
            return this;
        OpCall.DisableGradMode();
        var timer = OperatorTimer.Start();
        OpCall.Check(TorchApi.aoti_torch_aten_fill__Scalar(Handle, value));
        timer.Stop("aten::fill_"u8, this);
        return this;
    }
}
