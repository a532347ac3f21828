using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

/// <summary>
/// Compares a layer's backward with central differences of a random weighted sum of its outputs, in float64: along a
/// random direction through all elements at once, and for a few single elements, of each input and each trained weight.
/// </summary>
internal sealed class GradientCheck(Random random)
{
    // Truncation grows with the square of the step (1e-12 of the third derivative), rounding with its inverse (about 1e-9).
    private const double Step = 1e-6;

    // Three orders above rounding, since third derivatives may reach a million behind a norm; a wrong term is far above it.
    private const double Tolerance = 2e-6;

    private const int SingleElements = 4;

    public delegate (IReadOnlyList<Tensor> Y, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor?>> Backward) Layer(Pass pass);

    /// <summary>A layer of one input and one output.</summary>
    public void One<TSaved>(
        Tensor x,
        IEnumerable<Parameter> parameters,
        Func<Pass, (Tensor Y, TSaved? Saved)> forward,
        Func<Tensor, TSaved, Tensor?> backward,
        DropoutMasks? masks = null
    )
        where TSaved : class =>
        Many(
            [x],
            parameters,
            pass =>
            {
                var (y, saved) = forward(pass);
                return ([y], dY => [backward(dY[0], saved!)]);
            },
            masks
        );

    /// <param name="inputs">Float64 tensors that the layer reads.</param>
    /// <param name="parameters">Weights; those that are trainable are checked, of the others no gradient may be asked.</param>
    /// <param name="layer">The forward, and the backward from the outputs' gradients to the inputs' (null: not computed).</param>
    /// <param name="masks">Dropout of every evaluation.</param>
    public void Many(IReadOnlyList<Tensor> inputs, IEnumerable<Parameter> parameters, Layer layer, DropoutMasks? masks = null)
    {
        var all = parameters.ToList();
        using var gradients = all.Any(p => p.Trainable) ? new GradientBuffer(all) : null;
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        List<(string Name, Tensor Value, double[] Slope)> checks = [];
        double[][] weights;
        using (new TensorScope())
        {
            var (y, backward) = layer(new Pass(true, masks));
            weights = [.. y.Select(t => random.Doubles(t.Count))];
            var dY = y.Select((t, i) => Tensor.From<double>(weights[i], t.Sizes, Device.Cpu)).ToArray();
            var dX = backward(dY);
            for (var i = 0; i < inputs.Count; i++)
            {
                if (dX[i] is not { } slope)
                    continue;
                Assert.Equal(inputs[i].Sizes.ToArray(), slope.Sizes.ToArray());
                checks.Add(($"input {i} {inputs[i]}", inputs[i], slope.ToDoubles()));
            }
        }
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
        foreach (var parameter in all.Where(p => p.Trainable))
            checks.Add(($"{parameter.Key} {parameter.Value}", parameter.Value, parameter.Gradient!.ToDoubles()));

        double Sum()
        {
            using var scope = new TensorScope();
            var (y, _) = layer(new Pass(false, masks));
            return y.Select((t, i) => t.ToDoubles().Zip(weights[i], (a, b) => a * b).Sum()).Sum();
        }
        foreach (var (name, value, slope) in checks)
            Compare(name, value, slope, Sum);
    }

    /// <summary>Compares given slopes of <paramref name="sum"/> for the elements of <paramref name="value"/> with differences.</summary>
    public void Compare(string name, Tensor value, double[] slope, Func<double> sum, int singles = SingleElements)
    {
        var direction = random.Doubles(value.Count);
        Along(name + " in all elements", value, direction, slope.Zip(direction, (a, b) => a * b).Sum(), sum);
        for (var i = 0; i < singles && i < slope.Length; i++)
        {
            var at = random.Next(slope.Length);
            var unit = new double[slope.Length];
            unit[at] = 1;
            Along($"{name} in element {at}", value, unit, slope[at], sum);
        }
    }

    private static void Along(string name, Tensor value, double[] direction, double slope, Func<double> sum)
    {
        var original = value.ToArray<double>();
        Move(Step);
        var above = sum();
        Move(-Step);
        var below = sum();
        Move(0);
        var difference = (above - below) / (2 * Step);
        var allowed = Tolerance * Math.Max(1, Math.Max(Math.Abs(difference), Math.Abs(above)));
        Assert.True(Math.Abs(difference - slope) <= allowed, $"{name}: the backward gives {slope:R}, central differences {difference:R}");

        void Move(double step)
        {
            using var moved = Tensor.From<double>([.. original.Zip(direction, (v, d) => v + step * d)], value.Sizes, value.Device);
            value.CopyFrom(moved);
        }
    }
}
