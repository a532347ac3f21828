using Litre.Model.Layers;
using Litre.Torch;
using Litre.Training.Optimization;
using Shared;

namespace Litre.Training.Tests.Optimization;

public sealed class AdamWTests
{
    // The step's number and the clipping divisor travel as float32, which rounds at 6e-8; some steps accumulate it.
    private const double WideTolerance = 2e-6;
    private const double Float32Tolerance = 2e-5;

    [Theory]
    [InlineData(DType.Float64)]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void Step_RandomParametersWithClipping_EqualsAManagedImplementation(DType dtype) =>
        Property.Holds(
            12,
            random =>
            {
                var settings = new AdamWSettings(0.8, 0.95, 1e-6, random.Flip() ? 0.1 : 0, random.Flip() ? 0.5 : 0);
                var parameters = Enumerable.Range(0, random.Between(1, 4)).Select(i => Parameter($"p{i}")).ToList();
                var frozen = Parameter("frozen");
                frozen.Trainable = false;
                var untouched = frozen.Value.ToDoubles();
                using var gradients = new GradientBuffer([.. parameters, frozen]);
                using var optimizer = new AdamW(gradients, settings);
                Assert.Equal(dtype == DType.BFloat16, optimizer.Masters is not null);
                var values = parameters.SelectMany(p => p.Value.ToDoubles()).ToArray();
                var (means, variances) = (new double[values.Length], new double[values.Length]);
                for (var step = 1; step <= 5; step++)
                {
                    var slopes = random.Doubles(values.Length);
                    using (var host = Tensor.From<double>(slopes, [slopes.Length], Device.Cpu))
                        gradients.Flat.CopyFrom(host);
                    foreach (var parameter in parameters)
                        parameter.RequireGradient();
                    var rate = 0.01 / step;
                    var norm = Expected(values, slopes, means, variances, settings, step, rate);
                    Assert.Equal(norm, optimizer.Step(rate), 1e-5 * norm);
                    Assert.Equal(step, optimizer.Steps);
                    using var masters = optimizer.Masters?.Alias();
                    var found = masters?.ToDoubles() ?? [.. parameters.SelectMany(p => p.Value.ToDoubles())];
                    var allowed = dtype == DType.Float64 ? WideTolerance : Float32Tolerance;
                    for (var i = 0; i < values.Length; i++)
                        Assert.Equal(values[i], found[i], allowed);
                }
                if (optimizer.Masters is not null)
                {
                    using var rounded = optimizer.Masters.To(DType.BFloat16);
                    Assert.Equal(rounded.ToDoubles(), parameters.SelectMany(p => p.Value.ToDoubles()).ToArray());
                }
                Assert.Equal(untouched, frozen.Value.ToDoubles());
                foreach (var parameter in parameters)
                    parameter.Dispose();
                frozen.Dispose();

                Parameter Parameter(string name)
                {
                    long[] sizes = [random.Between(1, 4), random.Between(1, 5)];
                    using var wide = Tensor.From<double>(random.Doubles(sizes[0] * sizes[1]), sizes, Device.Cpu);
                    return new Parameter(name, wide.To(dtype)) { Trainable = true };
                }
            }
        );

    [Fact]
    public void Step_SmallUpdatesOfBFloat16Values_AccumulateInTheMasters()
    {
        // A step of 1e-4 is below half of bfloat16's spacing of 1/256 under one: without masters nothing would ever move.
        using var parameter = new Parameter("p", Tensor.Full([1], 1, DType.BFloat16, Device.Cpu)) { Trainable = true };
        using var gradients = new GradientBuffer([parameter]);
        using var optimizer = new AdamW(gradients, new AdamWSettings(WeightDecay: 0, ClipNorm: 0));
        for (var i = 0; i < 100; i++)
        {
            parameter.RequireGradient().Fill(1);
            optimizer.Step(1e-4);
        }
        Assert.Equal(0.99, optimizer.Masters!.Item(), 1e-5);
        Assert.Equal(0.98828125, parameter.Value.Item()); // the nearest to 0.99
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Step_GradientNotFinite_ChangesNothing(double value)
    {
        using var parameter = new Parameter("p", Tensor.Full([3], 1, DType.Float32, Device.Cpu)) { Trainable = true };
        using var gradients = new GradientBuffer([parameter]);
        using var optimizer = new AdamW(gradients, new AdamWSettings());
        parameter.RequireGradient().Fill(value);
        Assert.False(double.IsFinite(optimizer.Step(0.1)));
        Assert.Equal(0, optimizer.Steps);
        Assert.Equal([1, 1, 1], parameter.Value.ToDoubles());
        Assert.Equal([0, 0, 0], optimizer.Means.ToDoubles());
    }

    [Fact]
    public void Step_ParameterWithoutGradient_IsLeftAloneAndCountsItsOwnSteps()
    {
        using var first = new Parameter("first", Tensor.Full([2], 1, DType.Float64, Device.Cpu)) { Trainable = true };
        using var second = new Parameter("second", Tensor.Full([2], 1, DType.Float64, Device.Cpu)) { Trainable = true };
        using var gradients = new GradientBuffer([first, second]);
        using var optimizer = new AdamW(gradients, new AdamWSettings(WeightDecay: 0.1, ClipNorm: 0));
        first.RequireGradient().Fill(1);
        optimizer.Step(0.01);
        Assert.Equal([1, 1], second.Value.ToDoubles());
        gradients.Zero();
        second.RequireGradient().Fill(1);
        var before = first.Value.ToDoubles();
        optimizer.Step(0.01);
        Assert.Equal(before, first.Value.ToDoubles());
        // The bias correction of a first step, though the run is at its second.
        Assert.All(first.Value.ToDoubles().Zip(second.Value.ToDoubles()), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        Assert.Equal(new long[] { 1, 1 }, optimizer.ParameterSteps);
        Assert.Equal(2, optimizer.Steps);
    }

    // Loshchilov and Hutter 2019, algorithm 2, after clipping as torch.nn.utils.clip_grad_norm_ does it.
    private static double Expected(
        double[] values,
        double[] slopes,
        double[] means,
        double[] variances,
        AdamWSettings settings,
        int step,
        double rate
    )
    {
        var norm = Math.Sqrt(slopes.Sum(s => s * s));
        var factor = settings.ClipNorm > 0 ? Math.Min(1, settings.ClipNorm / (norm + 1e-6)) : 1;
        for (var i = 0; i < values.Length; i++)
        {
            var slope = slopes[i] * factor;
            means[i] = settings.Beta1 * means[i] + (1 - settings.Beta1) * slope;
            variances[i] = settings.Beta2 * variances[i] + (1 - settings.Beta2) * slope * slope;
            var mean = means[i] / (1 - Math.Pow(settings.Beta1, step));
            var variance = variances[i] / (1 - Math.Pow(settings.Beta2, step));
            values[i] -= rate * (mean / (Math.Sqrt(variance) + settings.Eps) + settings.WeightDecay * values[i]);
        }
        return norm;
    }
}
