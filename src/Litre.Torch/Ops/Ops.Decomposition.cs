namespace Litre.Torch;

public static partial class Ops
{
    /// <summary>
    /// The reduced QR decomposition of each matrix: (…, m, n) gives Q (…, m, k) with orthonormal columns and R (…, k, n), k = min(m, n).
    /// </summary>
    /// <param name="x">In float32 or float64.</param>
    public static (Tensor Q, Tensor R) Qr(Tensor x)
    {
        var (rows, columns, rank) = MatrixSizes("aten::linalg_qr"u8, x);
        if (x.Device.IsMeta)
            return (Meta(rows, x.DType, x.Device, x), Meta(columns, x.DType, x.Device, x));
        var call = new OpCall("aten::linalg_qr"u8) { Flops = 4.0 * x.Count * rank };
        call.Push(x);
        call.PushString("reduced"u8);
        call.Run();
        Calls++;
        return (call.Result(0, rows, x.DType, x.Device), call.Result(1, columns, x.DType, x.Device));
    }

    /// <summary>
    /// The reduced singular value decomposition of each matrix: (…, m, n) gives U (…, m, k), the singular values (…, k) in descending
    /// order, and Vᵀ (…, k, n), k = min(m, n).
    /// </summary>
    /// <param name="x">In float32 or float64.</param>
    public static (Tensor U, Tensor S, Tensor Vt) Svd(Tensor x)
    {
        var (rows, columns, rank) = MatrixSizes("aten::linalg_svd"u8, x);
        long[] values = [.. x.Sizes[..^2], rank];
        if (x.Device.IsMeta)
            return (Meta(rows, x.DType, x.Device, x), Meta(values, x.DType, x.Device), Meta(columns, x.DType, x.Device, x));
        var call = new OpCall("aten::linalg_svd"u8) { Flops = 14.0 * x.Count * rank };
        call.Push(x);
        call.Push(false);
        call.PushNone();
        call.Run();
        Calls++;
        return (
            call.Result(0, rows, x.DType, x.Device),
            call.Result(1, values, x.DType, x.Device),
            call.Result(2, columns, x.DType, x.Device)
        );
    }

    // The shapes (…, m, k) and (…, k, n), and k.
    private static (long[] Rows, long[] Columns, long Rank) MatrixSizes(ReadOnlySpan<byte> op, Tensor x)
    {
        Floating(op, x);
        if (x.Rank < 2)
            throw Refuse(op, $"{x} has fewer than two dimensions");
        var rank = Math.Min(x.Size(-1), x.Size(-2));
        var (rows, columns) = (x.Sizes.ToArray(), x.Sizes.ToArray());
        (rows[^1], columns[^2]) = (rank, rank);
        return (rows, columns, rank);
    }
}
