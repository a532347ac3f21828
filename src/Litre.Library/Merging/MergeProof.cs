using Litre.Torch;

namespace Litre.Library.Merging;

/// <summary>Compares merged factors, rounded to float32, with the update that they should give. All products are in float64.</summary>
internal static class MergeProof
{
    // Rounding a number to float32 changes it by at most this share; a product of two rounded ones by twice that.
    private const double Rounding = 1.0 / (1 << 24);

    /// <summary>Compares with a weighted sum of updates.</summary>
    /// <param name="key">The key of the weight.</param>
    /// <param name="written">The factors in float32.</param>
    /// <param name="sum">The factors of the sum in float64.</param>
    /// <param name="predicted">The relative error that is expected; 0 if the sum is exact.</param>
    internal static MergedModule Compare(string key, LowRank written, LowRank sum, double predicted)
    {
        var tally = new Tally();
        for (var expert = 0L; expert < sum.A.Size(0); expert++)
        {
            using var scope = new TensorScope();
            var bound = predicted > 0 ? null : Product(sum, expert, Math.Abs);
            tally.Add(Product(sum, expert), Product(written, expert), bound);
        }
        return tally.Result(key, predicted);
    }

    /// <summary>Compares with a whole update (1, out, in).</summary>
    internal static MergedModule Compare(string key, LowRank written, double[] update, double predicted)
    {
        using var scope = new TensorScope();
        var tally = new Tally();
        tally.Add(update, Product(written, 0), null);
        return tally.Result(key, predicted);
    }

    private static double[] Product(LowRank factors, long expert, Func<double, double>? change = null)
    {
        var (a, b) = (Matrix(factors.A), Matrix(factors.B));
        return Ops.MatMul(b, a).ToDoubles();

        Tensor Matrix(Tensor factor)
        {
            var matrix = factor.Slice(0, expert, 1).Contiguous().View(factor.Size(1), factor.Size(2)).To(DType.Float64);
            return change is null
                ? matrix
                : Tensor.From<double>(Array.ConvertAll(matrix.ToDoubles(), x => change(x)), matrix.Sizes, matrix.Device);
        }
    }

    private sealed class Tally
    {
        private double _norm;
        private double _error;
        private double _excess;
        private long _count;
        private long _different;

        internal void Add(double[] expected, double[] found, double[]? sizes)
        {
            _count += expected.Length;
            for (var i = 0; i < expected.Length; i++)
            {
                var difference = Math.Abs(found[i] - expected[i]);
                _norm += expected[i] * expected[i];
                _error += difference * difference;
                if ((float)found[i] != (float)expected[i])
                    _different++;
                // Twice the rounding of one factor, and the rounding of the sums in float64.
                if (sizes is not null && difference > 0)
                    _excess = Math.Max(_excess, difference / (2.0001 * Rounding * sizes[i]));
            }
        }

        internal MergedModule Result(string key, double predicted) =>
            new(key, _count, Math.Sqrt(_norm), Math.Sqrt(_error), predicted, _different, _excess);
    }
}
