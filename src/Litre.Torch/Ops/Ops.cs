using System.Text;

namespace Litre.Torch;

/// <summary>
/// The operators that the models need. Each checks devices, types and shapes before it calls libtorch, computes
/// the result's shape itself, and on a meta device returns a tensor of that shape without calling anything.
/// Every result is a new tensor that the caller's scope owns; names ending in <c>InPlace</c> change their first operand.
/// </summary>
public static partial class Ops
{
    /// <summary>The number of operators that this thread has called, including copies and fills: the step's cost in launches.</summary>
    [field: ThreadStatic]
    public static long Calls { get; set; }

    /// <summary>Counts the work of the operators that meta devices run on this thread; null for none.</summary>
    [field: ThreadStatic]
    public static OperatorTally? Tally { get; set; }

    internal static ArgumentException Refuse(ReadOnlySpan<byte> op, string reason) =>
        new($"{Encoding.UTF8.GetString(op).Replace("aten::", "")}: {reason}");

    private static void Same(ReadOnlySpan<byte> op, Tensor a, Tensor b)
    {
        if (a.Device != b.Device || a.DType != b.DType)
            throw Refuse(op, $"operands {a} and {b} differ in device or type");
    }

    private static void SameDevice(ReadOnlySpan<byte> op, Tensor a, Tensor b)
    {
        if (a.Device != b.Device)
            throw Refuse(op, $"operands {a} and {b} are on different devices");
    }

    private static void SameSizes(ReadOnlySpan<byte> op, Tensor a, Tensor b)
    {
        if (!a.Sizes.SequenceEqual(b.Sizes))
            throw Refuse(op, $"shapes of {a} and {b} differ");
    }

    // With a fractional number libtorch would refuse an integer operand, or return another type.
    private static void Floating(ReadOnlySpan<byte> op, Tensor x)
    {
        if (!x.DType.IsFloat())
            throw Refuse(op, $"{x} does not have a floating-point type");
    }

    private static int Dimension(ReadOnlySpan<byte> op, Tensor x, int dim)
    {
        var d = dim < 0 ? dim + x.Rank : dim;
        return d >= 0 && d < x.Rank ? d : throw Refuse(op, $"no dimension {dim} in {x}");
    }

    /// <summary>Runs a call with one result of the given shape, or only creates the shape on a meta device.</summary>
    private static Tensor Finish(ref OpCall call, ReadOnlySpan<long> sizes, DType dtype, Device device)
    {
        call.Run();
        Calls++;
        return call.Result(0, sizes, dtype, device);
    }

    // An operator's result on a meta device; the bytes that it would read are counted.
    private static Tensor Meta(ReadOnlySpan<long> sizes, DType dtype, Device device, params ReadOnlySpan<Tensor> reads) =>
        Meta(0, sizes, dtype, device, reads);

    private static Tensor Meta(double flops, ReadOnlySpan<long> sizes, DType dtype, Device device, params ReadOnlySpan<Tensor> reads)
    {
        Calls++;
        var result = Tensor.Empty(sizes, dtype, device);
        if (Tally is not null)
            Count(flops, result, reads);
        return result;
    }

    // The same for fused attention, whose arithmetic has a different rate.
    private static Tensor MetaAttention(double flops, Tensor q, params ReadOnlySpan<Tensor> reads) => MetaAttention(flops, 1, q, reads);

    private static Tensor MetaAttention(double flops, double gain, Tensor q, params ReadOnlySpan<Tensor> reads)
    {
        Calls++;
        var result = Tensor.Empty(q.Sizes, q.DType, q.Device);
        if (Tally is not null)
            Tally.Add(flops, q.DType, Traffic(result, reads), attention: true, gain);
        return result;
    }

    private static void Count(double flops, Tensor result, params ReadOnlySpan<Tensor> reads) =>
        Tally?.Add(flops, result.DType, Traffic(result, reads));

    internal static long Traffic(Tensor result, params ReadOnlySpan<Tensor> reads)
    {
        var bytes = result.Bytes;
        // What is broadcast is read once.
        foreach (var tensor in reads)
            bytes += Math.Min(tensor.Bytes, tensor.StorageBytes);
        return bytes;
    }

    private static Tensor Unary(ReadOnlySpan<byte> op, Tensor x)
    {
        if (x.Device.IsMeta)
            return Meta(x.Sizes, x.DType, x.Device, x);
        var call = new OpCall(op);
        call.Push(x);
        return Finish(ref call, x.Sizes, x.DType, x.Device);
    }
}
