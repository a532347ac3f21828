using Litre.Kernels;
using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>Creates one case's operands and collects the errors of its results. Not thread-safe.</summary>
/// <param name="device">The device under test.</param>
/// <param name="dtype">The type of the operands.</param>
/// <param name="random">The source of the operands' numbers.</param>
/// <param name="kernels">The kernels that may be used.</param>
internal sealed class CaseRun(Device device, DType dtype, Random random, KernelPolicy kernels)
{
    public Device Device => device;

    public DType DType => dtype;

    public KernelPolicy Kernels => kernels;

    public OperatorPath Path { get; set; } = OperatorPath.Single;

    /// <summary>The worst error so far; NaN before anything was compared.</summary>
    public double Error { get; private set; } = double.NaN;

    public int Next(int limit) => random.Next(limit);

    /// <summary>Normally distributed numbers.</summary>
    public Operand Normal(params ReadOnlySpan<long> sizes) =>
        // Box and Muller 1958
        Sample(sizes, () => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    /// <summary>Numbers from 0.5 to 2, for divisors and roots.</summary>
    public Operand Positive(params ReadOnlySpan<long> sizes) => Sample(sizes, () => 0.5 + 1.5 * random.NextDouble());

    /// <summary>int64 numbers from 0 below a limit.</summary>
    public Operand Integers(long limit, params ReadOnlySpan<long> sizes)
    {
        var values = new long[Shape.Count(sizes)];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextInt64(limit);
        return Integers(values, sizes);
    }

    /// <summary>Given int64 numbers.</summary>
    public Operand Integers(long[] values, params ReadOnlySpan<long> sizes) =>
        new(Tensor.From<long>(values, sizes, device), Tensor.From<long>(values, sizes, Device.Cpu));

    /// <summary>A permutation of the numbers below a limit.</summary>
    public Operand Permutation(int limit)
    {
        var values = Enumerable.Range(0, limit).Select(i => (long)i).ToArray();
        random.Shuffle(values);
        return Integers(values, limit);
    }

    /// <summary>Compares a function of the operands under test with the same function in float64 on the CPU.</summary>
    public void Check(Func<Tensor[], Tensor> f, params Operand[] operands) =>
        Compare(f([.. operands.Select(o => o.Actual)]), f([.. operands.Select(o => o.Exact)]));

    /// <summary>Compares a result with the exact one.</summary>
    public void Compare(Tensor found, Tensor exact)
    {
        if (!found.Sizes.SequenceEqual(exact.Sizes))
            throw new InvalidOperationException($"returned {found}, expected {exact}");
        Compare(found.ToDoubles(), exact.ToDoubles());
    }

    /// <summary>Compares values with the exact ones.</summary>
    public void Compare(ReadOnlySpan<double> found, ReadOnlySpan<double> exact)
    {
        if (found.Length != exact.Length)
            throw new InvalidOperationException($"returned {found.Length} values, expected {exact.Length}");
        var (difference, norm) = (0.0, 0.0);
        for (var i = 0; i < found.Length; i++)
        {
            var d = found[i] - exact[i];
            difference += d * d;
            norm += exact[i] * exact[i];
        }
        var error = difference == 0 ? 0 : Math.Sqrt(difference / norm);
        // Comparisons with a NaN are false, so it counts as an infinite error.
        if (double.IsNaN(error))
            error = double.PositiveInfinity;
        Error = double.IsNaN(Error) ? error : Math.Max(Error, error);
    }

    private Operand Sample(ReadOnlySpan<long> sizes, Func<double> next)
    {
        var values = new double[Shape.Count(sizes)];
        for (var i = 0; i < values.Length; i++)
            values[i] = next();
        using var drawn = Tensor.From<double>(values, sizes, Device.Cpu);
        // Rounded to the type first: both sides start from the same numbers.
        var narrow = drawn.To(dtype);
        return new Operand(narrow.To(device), narrow.To(DType.Float64));
    }
}

/// <summary>One operand of an operator: in the type and on the device under test, and the same numbers in float64 on the CPU.</summary>
internal readonly record struct Operand(Tensor Actual, Tensor Exact)
{
    /// <summary>Applies the same view or copy to both.</summary>
    public Operand Map(Func<Tensor, Tensor> change) => new(change(Actual), change(Exact));
}
