using Litre.Model.Layers;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <content>Normalization, softmax and sums.</content>
internal static partial class OperatorCases
{
    private const double Eps = 1e-6;
    private const int Rows = 37,
        Width = 129;

    private static IEnumerable<OperatorCase> Norms()
    {
        const string Family = "normalization";
        yield return new OperatorCase(
            Family,
            "rms norm and backward",
            [nameof(Ops.FusedRmsNorm), nameof(Ops.FusedRmsNormBackward)],
            RmsNormAndBackward
        );
        yield return new OperatorCase(
            Family,
            "rms norm without weight",
            [nameof(Ops.FusedRmsNorm), nameof(Ops.FusedRmsNormBackward)],
            run =>
            {
                var (x, dY) = (run.Normal(Rows, 3, 32), run.Normal(Rows, 3, 32));
                run.Path = RmsPath(x.Actual);
                var (y, rstd) = Ops.FusedRmsNorm(x.Actual, null, Eps);
                var (unit, root) = Unit(x.Exact);
                run.Compare(y, unit);
                run.Compare(rstd, root);
                run.Compare(Ops.FusedRmsNormBackward(dY.Actual, x.Actual, rstd, null, false).DX, UnitBackward(dY.Exact, unit, root));
            }
        )
        {
            Applies = (device, dtype) => device.UsesCuda && dtype == DType.BFloat16,
        };
        yield return new OperatorCase(
            Family,
            "layer norm and backward",
            [nameof(Ops.LayerNorm), nameof(Ops.LayerNormBackward)],
            LayerNormAndBackward
        );
    }

    private static IEnumerable<OperatorCase> Reductions()
    {
        const string Family = "reductions";
        yield return Simple(Family, "softmax", [nameof(Ops.Softmax)], o => Ops.Softmax(o[0]), c => [c.Normal(Rows, Width)]);
        yield return Simple(
            Family,
            "softmax backward",
            [nameof(Ops.SoftmaxBackward)],
            o => Ops.SoftmaxBackward(o[0], o[1]),
            c => [c.Normal(Rows, Width), c.Positive(Rows, Width)]
        );
        yield return Simple(Family, "log softmax", [nameof(Ops.LogSoftmax)], o => Ops.LogSoftmax(o[0]), c => [c.Normal(Rows, Width)]);
        yield return Simple(Family, "sum of rows", [nameof(Ops.Sum)], o => Ops.Sum(o[0], 0), c => [c.Normal(Rows, Width)]);
        yield return Simple(
            Family,
            "sum of columns",
            [nameof(Ops.Sum)],
            o => Ops.Sum(o[0], 1, keep: true),
            c => [c.Normal(Rows, 5, Width)]
        );
        yield return Simple(Family, "mean", [nameof(Ops.Mean)], o => Ops.Mean(o[0], -1, keep: true), c => [c.Normal(Rows, Width)]);
    }

    private static OperatorPath RmsPath(Tensor x) =>
        RmsNorm.IsFused(x) ? new OperatorPath("one fused kernel") : new OperatorPath("plain operators", x.Device.UsesCuda);

    private static void RmsNormAndBackward(CaseRun run)
    {
        var (x, dY) = (run.Normal(Rows, Width), run.Normal(Rows, Width));
        run.Path = RmsPath(x.Actual);
        using var norm = new RmsNorm(
            new RandomSource(run.DType, run.Device, run.Next(int.MaxValue)) { Jitter = 0.5, Kernels = run.Kernels },
            "norm",
            Width,
            Eps
        );
        norm.Weight.Trainable = true;
        using var gradients = new GradientBuffer([norm.Weight]);
        var (y, saved) = norm.Forward(x.Actual, Pass.Training);
        using var kept = saved; // freed by the backward, unless that fails
        var dX = norm.Backward(dY.Actual, saved!);
        var weight = Exact(norm.Weight.Value);
        var (unit, root) = Unit(x.Exact);
        run.Compare(y, Ops.Mul(unit, weight));
        run.Compare(dX, UnitBackward(Ops.Mul(dY.Exact, weight), unit, root));
        run.Compare(norm.Weight.Gradient!, Ops.Sum(Ops.Mul(dY.Exact, unit), 0));
    }

    private static void LayerNormAndBackward(CaseRun run)
    {
        var (x, dY) = (run.Normal(Rows, Width), run.Normal(Rows, Width));
        using var norm = new LayerNorm(
            new RandomSource(run.DType, run.Device, run.Next(int.MaxValue)) { Jitter = 0.5, Kernels = run.Kernels },
            "norm",
            Width
        );
        foreach (var parameter in norm.Parameters)
            parameter.Trainable = true;
        using var gradients = new GradientBuffer(norm.Parameters);
        var (y, saved) = norm.Forward(x.Actual, Pass.Training);
        using var kept = saved; // freed by the backward, unless that fails
        var dX = norm.Backward(dY.Actual, saved!);
        var (weight, bias) = (Exact(norm.Weight.Value), Exact(norm.Bias.Value));
        // After its mean is subtracted, a row is normalized by its root mean square.
        var (unit, root) = Unit(Centered(x.Exact));
        run.Compare(y, Ops.Add(Ops.Mul(unit, weight), bias));
        run.Compare(dX, Centered(UnitBackward(Ops.Mul(dY.Exact, weight), unit, root)));
        run.Compare(norm.Weight.Gradient!, Ops.Sum(Ops.Mul(dY.Exact, unit), 0));
        run.Compare(norm.Bias.Gradient!, Ops.Sum(dY.Exact, 0));
    }

    private static Tensor Exact(Tensor x) => x.To(Device.Cpu).To(DType.Float64);

    private static Tensor Centered(Tensor x) => Ops.Add(x, Ops.Mean(x, -1, keep: true), -1);

    private static (Tensor Unit, Tensor Root) Unit(Tensor x)
    {
        var root = Ops.Rsqrt(Ops.Add(Ops.Mean(Ops.Mul(x, x), -1, keep: true), Eps)); // (…, 1)
        return (Ops.Mul(x, root), root);
    }

    private static Tensor UnitBackward(Tensor dUnit, Tensor unit, Tensor root) =>
        Ops.Mul(Ops.Add(dUnit, Ops.Mul(unit, Ops.Mean(Ops.Mul(dUnit, unit), -1, keep: true)), -1), root);
}
