namespace Litre.Training.Tests.Library;

/// <summary>Singular values by one-sided Jacobi rotations, as a reference for libtorch's.</summary>
internal static class Jacobi
{
    /// <summary>The singular values of a matrix in descending order, min(rows, columns) of them.</summary>
    public static double[] SingularValues(double[,] matrix)
    {
        var wide = matrix.GetLength(0) < matrix.GetLength(1);
        var (rows, columns) = wide ? (matrix.GetLength(1), matrix.GetLength(0)) : (matrix.GetLength(0), matrix.GetLength(1));
        var vectors = new double[columns][];
        for (var c = 0; c < columns; c++)
        {
            vectors[c] = new double[rows];
            for (var r = 0; r < rows; r++)
                vectors[c][r] = wide ? matrix[c, r] : matrix[r, c];
        }
        for (var sweep = 0; sweep < 60; sweep++)
        {
            var largest = 0.0;
            for (var p = 0; p < columns; p++)
            for (var q = p + 1; q < columns; q++)
                largest = Math.Max(largest, Rotate(vectors[p], vectors[q]));
            if (largest < 1e-15)
                break;
        }
        return [.. vectors.Select(v => Math.Sqrt(v.Sum(x => x * x))).OrderDescending()];
    }

    // Makes two columns orthogonal, and returns how far they were from it.
    private static double Rotate(double[] p, double[] q)
    {
        var (pp, qq, pq) = (0.0, 0.0, 0.0);
        for (var i = 0; i < p.Length; i++)
            (pp, qq, pq) = (pp + p[i] * p[i], qq + q[i] * q[i], pq + p[i] * q[i]);
        if (pq == 0 || pp == 0 || qq == 0)
            return 0;
        var zeta = (qq - pp) / (2 * pq);
        var t = Math.Sign(zeta == 0 ? 1 : zeta) / (Math.Abs(zeta) + Math.Sqrt(1 + zeta * zeta));
        var cosine = 1 / Math.Sqrt(1 + t * t);
        var sine = cosine * t;
        for (var i = 0; i < p.Length; i++)
            (p[i], q[i]) = (cosine * p[i] - sine * q[i], sine * p[i] + cosine * q[i]);
        return Math.Abs(pq) / Math.Sqrt(pp * qq);
    }
}
