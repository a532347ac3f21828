using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <content>The optimizer's step, running sums, and copies between types and devices.</content>
internal static partial class OperatorCases
{
    private const int Draws = 40_000;

    // Six standard deviations of the sample mean and of the sample deviation, relative to the requested values.
    private const double DrawTolerance = 1e-2;

    private static IEnumerable<OperatorCase> Updates()
    {
        const string Family = "updates";
        yield return new OperatorCase(Family, "fused AdamW", [nameof(Ops.AdamWInPlace)], AdamWStep) { Types = [DType.Float32] };
        yield return Simple(
            Family,
            "accumulate",
            [nameof(Ops.Accumulate)],
            o => Ops.Accumulate(o[0].To(o[0].DType.Accumulate()).Clone(), o[1]),
            c => [c.Normal(Rows, Width), c.Normal(Rows, Width)]
        );
        yield return new OperatorCase(
            Family,
            "normally distributed numbers",
            [nameof(Ops.NormalInPlace)],
            run =>
            {
                var values = Ops.NormalInPlace(Tensor.Empty([Draws], run.DType, run.Device), 3, 0.5).ToDoubles();
                var mean = values.Average();
                run.Compare([mean, Math.Sqrt(values.Average(v => (v - mean) * (v - mean)))], [3, 0.5]);
            }
        )
        {
            Tolerance = DrawTolerance,
        };
    }

    private static IEnumerable<OperatorCase> Copies()
    {
        const string Family = "copies";
        DType[] types = [DType.BFloat16, DType.Float16, DType.Float32];
        foreach (var to in types)
        {
            // Both sides round the same numbers once, so they are the same.
            yield return new OperatorCase(
                Family,
                $"copy to {to.Name()}",
                [],
                run =>
                {
                    var x = run.Normal(Rows, Width);
                    run.Compare(x.Actual.To(to), x.Exact.To(to));
                    run.Compare(x.Actual.Transposed().To(to).Contiguous(), x.Exact.Transposed().To(to));
                }
            )
            {
                Types = types,
                Tolerance = 0,
            };
        }
        yield return new OperatorCase(
            Family,
            "copy of many",
            [nameof(Ops.CopyAllInPlace)],
            run =>
            {
                Operand[] sources = [run.Normal(Rows, Width), run.Normal(5), run.Normal(Rows, 3)];
                Tensor[] targets = [.. sources.Select(s => Tensor.Zeros(s.Actual.Sizes, DType.BFloat16, run.Device))];
                targets[2] = Tensor.Zeros([Rows, 7], DType.BFloat16, run.Device).Slice(1, 2, 3); // a block of a larger matrix
                Ops.CopyAllInPlace(targets, [.. sources.Select(s => s.Actual)]);
                foreach (var (target, source) in targets.Zip(sources))
                    run.Compare(target, source.Exact.To(DType.BFloat16));
            }
        )
        {
            Tolerance = 0,
        };
        yield return new OperatorCase(
            Family,
            "page-locked copies",
            [],
            run =>
            {
                var x = run.Normal(1023, Width);
                var pinned = Tensor.Pinned(x.Actual.Sizes, run.DType);
                pinned.CopyFrom(x.Actual, nonBlocking: true);
                var there = Tensor.Zeros(x.Actual.Sizes, run.DType, run.Device);
                there.CopyFrom(pinned, nonBlocking: true);
                // Runs after both copies on the device; after it, page-locked memory may be read.
                run.Compare(there, x.Exact);
                run.Compare(pinned, x.Exact);
            }
        )
        {
            Applies = (device, _) => device.UsesCuda,
            Tolerance = 0,
        };
    }

    private static void AdamWStep(CaseRun run)
    {
        const double Rate = 1e-2,
            Beta1 = 0.9,
            Beta2 = 0.999,
            Decay = 0.01,
            Epsilon = 1e-8,
            Divisor = 1.75;
        const int Step = 3;
        Operand[] values = [run.Normal(Rows, Width), run.Normal(5)];
        Operand[] slopes = [.. values.Select(v => run.Normal(v.Actual.Sizes))],
            means = [.. values.Select(v => run.Normal(v.Actual.Sizes))],
            variances = [.. values.Select(v => run.Positive(v.Actual.Sizes))];
        // The kernel works in place, and the exact step may read the same operands.
        Tensor[] Here(Operand[] all) => [.. all.Select(o => o.Actual.Clone())];
        var (v, m, s) = (Here(values), Here(means), Here(variances));
        var step = Tensor.Scalar(Step, DType.Float32, run.Device);
        Ops.AdamWInPlace(
            v,
            Here(slopes),
            m,
            s,
            [step, step],
            Rate,
            Beta1,
            Beta2,
            Decay,
            Epsilon,
            Tensor.Scalar(Divisor, DType.Float32, run.Device)
        );
        for (var i = 0; i < values.Length; i++)
        {
            var (x, g, mean, variance) = (
                values[i].Exact.ToDoubles(),
                slopes[i].Exact.ToDoubles(),
                means[i].Exact.ToDoubles(),
                variances[i].Exact.ToDoubles()
            );
            for (var j = 0; j < x.Length; j++)
            {
                var slope = g[j] / Divisor;
                mean[j] = Beta1 * mean[j] + (1 - Beta1) * slope;
                variance[j] = Beta2 * variance[j] + (1 - Beta2) * slope * slope;
                var root = Math.Sqrt(variance[j] / (1 - Math.Pow(Beta2, Step))) + Epsilon;
                x[j] = x[j] * (1 - Rate * Decay) - Rate / (1 - Math.Pow(Beta1, Step)) * mean[j] / root;
            }
            run.Compare(v[i].ToDoubles(), x);
            run.Compare(m[i].ToDoubles(), mean);
            run.Compare(s[i].ToDoubles(), variance);
        }
    }
}
