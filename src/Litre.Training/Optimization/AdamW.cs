using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Training.Optimization;

/// <summary>
/// AdamW over the parameters of a <see cref="GradientBuffer"/>. Values whose type is narrower than that of their gradients have a
/// float32 master copy that is updated; the model's own values are rounded from it after each step.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly GradientBuffer _gradients;
    private readonly Tensor[] _values;
    private readonly Tensor[] _gradientViews;
    private readonly Tensor[] _masters;
    private readonly Tensor[] _means;
    private readonly Tensor[] _variances;

    public AdamW(GradientBuffer gradients, AdamWSettings settings)
    {
        using var label = MemoryLedger.Label(MemoryUse.Optimizer);
        _gradients = gradients;
        Settings = settings;
        ParameterSteps = new long[gradients.Parameters.Count];
        var flat = gradients.Flat;
        Means = TensorScope.Keep(Tensor.Zeros(flat.Sizes, flat.DType, flat.Device));
        Variances = TensorScope.Keep(Tensor.Zeros(flat.Sizes, flat.DType, flat.Device));
        _values = [.. gradients.Parameters.Select(p => p.Value)];
        _gradientViews = [.. gradients.Parameters.Select(p => p.Gradient!)];
        _means = Parts(Means);
        _variances = Parts(Variances);
        _masters = _values;
        if (_values[0].DType == flat.DType)
            return;
        Masters = TensorScope.Keep(Tensor.Empty(flat.Sizes, flat.DType, flat.Device));
        _masters = Parts(Masters);
        Ops.CopyAllInPlace(_masters, _values);
    }

    public AdamWSettings Settings { get; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; set; }

    /// <summary>The number of steps in which each parameter had a gradient, in the gradient buffer's order.</summary>
    public long[] ParameterSteps { get; }

    /// <summary>First moments of all parameters, concatenated in the gradient buffer's order, in its type.</summary>
    public Tensor Means { get; }

    /// <summary>Second moments.</summary>
    public Tensor Variances { get; }

    /// <summary>Float32 copies of the values, or null if the values are float32 themselves.</summary>
    public Tensor? Masters { get; }

    /// <summary>
    /// All values, concatenated in the gradient buffer's order, in its type: a new handle to the master copies, or a copy.
    /// </summary>
    public Tensor Values()
    {
        if (Masters is not null)
            return Masters.Alias();
        using var scope = new TensorScope();
        var flat = Tensor.Empty(Means.Sizes, Means.DType, Means.Device);
        Ops.CopyAllInPlace(PartsOf(flat), _values);
        return scope.Return(flat);
    }

    /// <summary>Sets all values from a result of <see cref="Values"/>.</summary>
    public void Load(Tensor values)
    {
        using var scope = new TensorScope();
        var local = values.To(Means.Device);
        if (Masters is null)
            Ops.CopyAllInPlace(_values, PartsOf(local));
        else
            Masters.CopyFrom(local);
        RestoreValues();
    }

    /// <summary>Takes one step with the current gradients and does not clear them. Waits for the device.</summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <returns>The gradients' global norm before clipping. If it is not finite, nothing is changed.</returns>
    public double Step(double learningRate)
    {
        using var part = OperatorProfile.Label(ModelPart.Optimizer);
        using var scope = new TensorScope();
        var squared = _gradients.SquaredNorm();
        var norm = squared.Device.IsMeta ? 0 : Math.Sqrt(squared.Item());
        if (!double.IsFinite(norm))
            return norm;
        Steps++;
        // torch.nn.utils.clip_grad_norm_ divides by norm + 1e-6.
        var divisor = Settings.ClipNorm > 0 ? Math.Max(1, (norm + 1e-6) / Settings.ClipNorm) : 1;
        var touched = Enumerable.Range(0, _values.Length).Where(i => _gradients.Parameters[i].HasAccumulated).ToArray();
        foreach (var i in touched)
            ParameterSteps[i]++;
        var counts = touched
            .Select(i => ParameterSteps[i])
            .Distinct()
            .ToDictionary(n => n, n => Tensor.Scalar(n, DType.Float32, squared.Device));
        var updated = Of(_masters);
        var values = DenseCopies(updated);
        Ops.AdamWInPlace(
            values,
            Of(_gradientViews),
            Of(_means),
            Of(_variances),
            [.. touched.Select(i => counts[ParameterSteps[i]])],
            learningRate,
            Settings.Beta1,
            Settings.Beta2,
            Settings.WeightDecay,
            Settings.Eps,
            divisor > 1 ? Tensor.Scalar(divisor, DType.Float32, squared.Device) : null
        );
        WriteBack(updated, values);
        RestoreValues();
        return norm;

        Tensor[] Of(Tensor[] all) => touched.Length == all.Length ? all : [.. touched.Select(i => all[i])];
    }

    public void Dispose()
    {
        foreach (var tensor in _means.Concat(_variances))
            tensor.Dispose();
        if (Masters is not null)
        {
            foreach (var tensor in _masters)
                tensor.Dispose();
        }
        Means.Dispose();
        Variances.Dispose();
        Masters?.Dispose();
    }

    // The step supports dense tensors only. For a value that is a block of a larger matrix (LoraStack.B) it uses a copy.
    private static Tensor[] DenseCopies(Tensor[] values)
    {
        Tensor[] strided = [.. values.Where(v => !v.IsContiguous)];
        if (strided.Length == 0)
            return values;
        Tensor[] dense = [.. values.Select(v => v.IsContiguous ? v : Tensor.Empty(v.Sizes, v.DType, v.Device))];
        Ops.CopyAllInPlace([.. dense.Where((_, i) => !values[i].IsContiguous)], strided);
        return dense;
    }

    private static void WriteBack(Tensor[] values, Tensor[] dense)
    {
        if (values == dense)
            return;
        Ops.CopyAllInPlace([.. values.Where(v => !v.IsContiguous)], [.. dense.Where((_, i) => !values[i].IsContiguous)]);
    }

    // The model's values are rounded from the master copies.
    private void RestoreValues()
    {
        if (Masters is not null)
            Ops.CopyAllInPlace(_values, _masters);
    }

    private Tensor[] Parts(Tensor flat)
    {
        var parts = PartsOf(flat);
        foreach (var part in parts)
            TensorScope.Keep(part);
        return parts;
    }

    // Each parameter's part of a flat tensor.
    private Tensor[] PartsOf(Tensor flat)
    {
        var parts = new Tensor[_values.Length];
        var offset = 0L;
        for (var i = 0; i < parts.Length; i++)
        {
            var sizes = _values[i].Sizes;
            parts[i] = flat.AsStrided(sizes, Shape.ContiguousStrides(sizes), offset);
            offset += _values[i].Count;
        }
        return parts;
    }
}

/// <summary>Settings of AdamW (Loshchilov and Hutter 2019). The learning rate comes with each step.</summary>
/// <param name="Beta1">Decay rate of the first moment.</param>
/// <param name="Beta2">Decay rate of the second moment.</param>
/// <param name="Eps">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled decay, per unit of learning rate.</param>
/// <param name="ClipNorm">Gradients are scaled down to this global norm; 0 or less disables clipping.</param>
public sealed record AdamWSettings(
    double Beta1 = 0.9,
    double Beta2 = 0.999,
    double Eps = 1e-8,
    double WeightDecay = 0.01,
    double ClipNorm = 1.0
);
