using Litre.Torch;

namespace Litre.Library.Merging;

/// <summary>
/// Updates B A as factors in float64, each with the expert as first dimension (1 for a plain module): A (E, r, in) and B (E, out, r).
/// </summary>
/// <param name="A">The right factor.</param>
/// <param name="B">The left factor.</param>
internal sealed record LowRank(Tensor A, Tensor B)
{
    internal long Rank => A.Size(1);

    /// <summary>The sum of updates: their factors side by side.</summary>
    internal static LowRank Sum(IReadOnlyList<LowRank> parts) =>
        parts.Count == 1 ? parts[0] : new LowRank(Ops.Concat([.. parts.Select(p => p.A)], 1), Ops.Concat([.. parts.Select(p => p.B)], 2));

    /// <summary>
    /// The best approximation of a rank, and its error relative to the whole update (Frobenius norm) by the singular values that are
    /// omitted. Only matrices of the factors' sizes are decomposed.
    /// </summary>
    internal (LowRank Reduced, double Error) Reduce(int rank)
    {
        var (qb, rb) = Ops.Qr(B);
        var (qa, ra) = Ops.Qr(A.Transposed().Contiguous());
        var (u, s, vt) = Ops.Svd(Ops.BatchMatMul(rb, ra.Transposed().Contiguous()));
        return Truncate(Ops.BatchMatMul(qb, u), s, Ops.BatchMatMul(vt, qa.Transposed().Contiguous()), rank);
    }

    /// <summary>The same for a whole update (E, out, in).</summary>
    internal static (LowRank Reduced, double Error) Reduce(Tensor update, int rank)
    {
        var (u, s, vt) = Ops.Svd(update);
        return Truncate(u, s, vt, rank);
    }

    /// <summary>Zeros are appended until the factors have a rank.</summary>
    internal LowRank Pad(int rank)
    {
        if (Rank == rank)
            return this;
        var a = Tensor.Zeros([A.Size(0), rank - Rank, A.Size(2)], A.DType, A.Device);
        var b = Tensor.Zeros([B.Size(0), B.Size(1), rank - Rank], B.DType, B.Device);
        return new LowRank(Ops.Concat([A, a], 1), Ops.Concat([B, b], 2));
    }

    // Each factor gets the root of the singular values, so that both have numbers of similar size.
    private static (LowRank Reduced, double Error) Truncate(Tensor u, Tensor s, Tensor vt, int rank)
    {
        var (experts, all) = (s.Size(0), s.Size(1));
        var kept = Math.Min(rank, all);
        var values = s.ToDoubles();
        var (omitted, total) = (0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            total += values[i] * values[i];
            if (i % all >= kept)
                omitted += values[i] * values[i];
            values[i] = Math.Sqrt(values[i]);
        }
        var roots = Tensor.From<double>(values, [experts, all], s.Device).Slice(1, 0, kept).Contiguous();
        var b = Ops.Mul(u.Slice(2, 0, kept).Contiguous(), roots.View(experts, 1, kept));
        var a = Ops.Mul(vt.Slice(1, 0, kept).Contiguous(), roots.View(experts, kept, 1));
        return (new LowRank(a, b), total > 0 ? Math.Sqrt(omitted / total) : 0);
    }
}
