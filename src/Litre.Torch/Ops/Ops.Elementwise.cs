using Litre.Torch.Native;

namespace Litre.Torch;

public static partial class Ops
{
    /// <summary><c>a + scale * b</c>, broadcast; both of one floating type.</summary>
    public static Tensor Add(Tensor a, Tensor b, double scale = 1)
    {
        Same("aten::add"u8, a, b);
        Floating("aten::add"u8, a);
        return Added(a, b, Shape.Broadcast("add", a.Sizes, b.Sizes), scale);
    }

    // The result has a's type; b's may be narrower.
    private static unsafe Tensor Added(Tensor a, Tensor b, ReadOnlySpan<long> sizes, double scale)
    {
        if (a.Device.IsMeta)
            return Meta(sizes, a.DType, a.Device, a, b);
        OpCall.DisableGradMode();
        nint result;
        var timer = OperatorTimer.Start();
        OpCall.Check(
            a.Device.Type == DeviceType.Cuda
                ? TorchApi.aoti_torch_cuda_add_Tensor(a.Handle, b.Handle, scale, &result)
                : TorchApi.aoti_torch_cpu_add_Tensor(a.Handle, b.Handle, scale, &result)
        );
        Calls++;
        var y = Tensor.FromHandle(result, sizes, a.DType, a.Device, "add"u8);
        timer.Stop("aten::add"u8, y, a, b);
        return y;
    }

    /// <summary><c>x + value</c> of a floating type.</summary>
    public static unsafe Tensor Add(Tensor x, double value)
    {
        Floating("aten::add"u8, x);
        if (x.Device.IsMeta)
            return Meta(x.Sizes, x.DType, x.Device, x);
        OpCall.DisableGradMode();
        nint result;
        var timer = OperatorTimer.Start();
        OpCall.Check(
            x.Device.Type == DeviceType.Cuda
                ? TorchApi.aoti_torch_cuda_add_Scalar(x.Handle, value, 1, &result)
                : TorchApi.aoti_torch_cpu_add_Scalar(x.Handle, value, 1, &result)
        );
        Calls++;
        var y = Tensor.FromHandle(result, x.Sizes, x.DType, x.Device, "add"u8);
        timer.Stop("aten::add"u8, y, x);
        return y;
    }

    /// <summary><c>x * value</c> of a floating type.</summary>
    public static unsafe Tensor Mul(Tensor x, double value)
    {
        Floating("aten::mul"u8, x);
        if (x.Device.IsMeta)
            return Meta(x.Sizes, x.DType, x.Device, x);
        OpCall.DisableGradMode();
        nint result;
        var timer = OperatorTimer.Start();
        OpCall.Check(
            x.Device.Type == DeviceType.Cuda
                ? TorchApi.aoti_torch_cuda_mul_Scalar(x.Handle, value, &result)
                : TorchApi.aoti_torch_cpu_mul_Scalar(x.Handle, value, &result)
        );
        Calls++;
        var y = Tensor.FromHandle(result, x.Sizes, x.DType, x.Device, "mul"u8);
        timer.Stop("aten::mul"u8, y, x);
        return y;
    }

    /// <summary><c>a * b</c>, broadcast; both of one type.</summary>
    public static Tensor Mul(Tensor a, Tensor b)
    {
        Same("aten::mul"u8, a, b);
        var sizes = Shape.Broadcast("mul", a.Sizes, b.Sizes);
        if (a.Device.IsMeta)
            return Meta(sizes, a.DType, a.Device, a, b);
        var call = new OpCall("aten::mul"u8, "Tensor"u8);
        call.Push(a);
        call.Push(b);
        return Finish(ref call, sizes, a.DType, a.Device);
    }

    /// <summary><c>a *= b</c> in place; b broadcasts to a's shape.</summary>
    public static Tensor MulInPlace(Tensor a, Tensor b)
    {
        Same("aten::mul_"u8, a, b);
        if (!Shape.Broadcast("mul_", a.Sizes, b.Sizes).AsSpan().SequenceEqual(a.Sizes))
            throw Refuse("aten::mul_"u8, $"{b} does not broadcast to {a}");
        return InPlace("aten::mul_"u8, "Tensor"u8, a, b);
    }

    /// <summary><c>a / b</c>, broadcast; both of one floating type.</summary>
    public static Tensor Div(Tensor a, Tensor b)
    {
        Same("aten::div"u8, a, b);
        var sizes = Shape.Broadcast("div", a.Sizes, b.Sizes);
        if (a.Device.IsMeta)
            return Meta(sizes, a.DType, a.Device, a, b);
        var call = new OpCall("aten::div"u8, "Tensor"u8);
        call.Push(a);
        call.Push(b);
        return Finish(ref call, sizes, a.DType, a.Device);
    }

    public static Tensor Rsqrt(Tensor x) => Unary("aten::rsqrt"u8, x);

    public static Tensor Exp(Tensor x) => Unary("aten::exp"u8, x);

    public static Tensor Cos(Tensor x) => Unary("aten::cos"u8, x);

    public static Tensor Sin(Tensor x) => Unary("aten::sin"u8, x);

    public static Tensor Silu(Tensor x) => Unary("aten::silu"u8, x);

    /// <summary>The gradient of silu at <paramref name="x"/> times <paramref name="dY"/>.</summary>
    public static Tensor SiluBackward(Tensor dY, Tensor x) => Binary("aten::silu_backward"u8, dY, x);

    /// <param name="x">Any shape.</param>
    /// <param name="tanh">The tanh approximation instead of the exact error function.</param>
    public static Tensor Gelu(Tensor x, bool tanh)
    {
        if (x.Device.IsMeta)
            return Meta(x.Sizes, x.DType, x.Device, x);
        var call = new OpCall("aten::gelu"u8);
        call.Push(x);
        call.PushString(tanh ? "tanh"u8 : "none"u8);
        return Finish(ref call, x.Sizes, x.DType, x.Device);
    }

    public static Tensor GeluBackward(Tensor dY, Tensor x, bool tanh)
    {
        Same("aten::gelu_backward"u8, dY, x);
        SameSizes("aten::gelu_backward"u8, dY, x);
        if (x.Device.IsMeta)
            return Meta(x.Sizes, x.DType, x.Device, x, dY);
        var call = new OpCall("aten::gelu_backward"u8);
        call.Push(dY);
        call.Push(x);
        call.PushString(tanh ? "tanh"u8 : "none"u8);
        return Finish(ref call, x.Sizes, x.DType, x.Device);
    }

    /// <summary>Bitwise exclusive or of two integer tensors, broadcast.</summary>
    public static Tensor Xor(Tensor a, Tensor b) => Integer("aten::bitwise_xor"u8, a, b);

    public static Tensor And(Tensor a, Tensor b) => Integer("aten::bitwise_and"u8, a, b);

    public static Tensor ShiftRight(Tensor a, Tensor b) => Integer("aten::bitwise_right_shift"u8, a, b);

    /// <summary>Overwrites with normally distributed numbers from the device's own generator.</summary>
    public static Tensor NormalInPlace(Tensor x, double mean, double deviation)
    {
        if (x.Device.IsMeta)
            return x;
        var call = new OpCall("aten::normal_"u8);
        call.Push(x);
        call.Push(mean);
        call.Push(deviation);
        call.PushNone();
        call.Run();
        call.Discard(0);
        return x;
    }

    /// <summary>Integer quotient, rounded down, broadcast.</summary>
    public static Tensor FloorDiv(Tensor a, Tensor b)
    {
        Same("aten::floor_divide"u8, a, b);
        var sizes = Shape.Broadcast("floor_divide", a.Sizes, b.Sizes);
        if (a.Device.IsMeta)
            return Meta(sizes, a.DType, a.Device, a, b);
        var call = new OpCall("aten::floor_divide"u8);
        call.Push(a);
        call.Push(b);
        return Finish(ref call, sizes, a.DType, a.Device);
    }

    /// <summary><c>a &gt;= b</c> as bool, broadcast.</summary>
    public static Tensor GreaterOrEqual(Tensor a, Tensor b)
    {
        Same("aten::ge"u8, a, b);
        var sizes = Shape.Broadcast("ge", a.Sizes, b.Sizes);
        if (a.Device.IsMeta)
            return Meta(sizes, DType.Bool, a.Device, a, b);
        var call = new OpCall("aten::ge"u8, "Tensor"u8);
        call.Push(a);
        call.Push(b);
        return Finish(ref call, sizes, DType.Bool, a.Device);
    }

    /// <summary>Elements of <paramref name="x"/> circularly moved by <paramref name="by"/> along the last dimension.</summary>
    public static Tensor RollLast(Tensor x, long by)
    {
        if (x.Device.IsMeta)
            return Meta(x.Sizes, x.DType, x.Device, x);
        var call = new OpCall("aten::roll"u8);
        call.Push(x);
        call.Push((ReadOnlySpan<long>)[by]);
        call.Push((ReadOnlySpan<long>)[x.Rank - 1]);
        return Finish(ref call, x.Sizes, x.DType, x.Device);
    }

    private static Tensor Integer(ReadOnlySpan<byte> op, Tensor a, Tensor b)
    {
        Same(op, a, b);
        var sizes = Shape.Broadcast("bitwise", a.Sizes, b.Sizes);
        if (a.Device.IsMeta)
            return Meta(sizes, a.DType, a.Device, a, b);
        var call = new OpCall(op, "Tensor"u8);
        call.Push(a);
        call.Push(b);
        return Finish(ref call, sizes, a.DType, a.Device);
    }

    private static Tensor Binary(ReadOnlySpan<byte> op, Tensor a, Tensor b)
    {
        Same(op, a, b);
        SameSizes(op, a, b);
        if (a.Device.IsMeta)
            return Meta(a.Sizes, a.DType, a.Device, a, b);
        var call = new OpCall(op);
        call.Push(a);
        call.Push(b);
        return Finish(ref call, a.Sizes, a.DType, a.Device);
    }

    private static Tensor InPlace(ReadOnlySpan<byte> op, ReadOnlySpan<byte> overload, Tensor a, Tensor b)
    {
        Calls++;
        if (a.Device.IsMeta)
        {
            Count(0, a, a, b);
            return a;
        }
        var call = new OpCall(op, overload);
        call.Push(a);
        call.Push(b);
        if (call.IsProfiled)
            call.AddTraffic(Traffic(a, a, b));
        call.Run();
        call.Discard(0);
        return a;
    }
}
