using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Gradients of one layer's parameters. Those that are the first since the last clearing are copied in one operator, because launching
/// many small copies is expensive on a GPU; later ones are added immediately. Pending tensors stay alive until <see cref="Write"/>.
/// </summary>
public sealed class PendingGradients
{
    private readonly List<Tensor> _targets = [];
    private readonly List<Tensor> _values = [];

    /// <summary>Like <see cref="Parameter.AddGradient"/>.</summary>
    /// <param name="parameter">The parameter whose gradient is added to.</param>
    /// <param name="dValue">
    /// The gradient with respect to the value, of the value's shape; not to be freed or changed before <see cref="Write"/>.
    /// </param>
    public void Add(Parameter parameter, Tensor dValue)
    {
        if (parameter.HasAccumulated)
        {
            Write();
            parameter.AddGradient(dValue);
            return;
        }
        var gradient = parameter.RequireGradient();
        if (!gradient.Sizes.SequenceEqual(dValue.Sizes))
            throw new ArgumentException($"{parameter.Key}: a gradient {dValue} for {gradient}");
        _targets.Add(gradient);
        _values.Add(dValue);
    }

    /// <summary>Like <see cref="Parameter.AddGradientProduct"/>, for parameters that are matrices.</summary>
    public void AddProduct(Parameter parameter, Tensor a, Tensor b, double scale = 1)
    {
        // A product of the gradient's own type goes straight into it.
        if (parameter.HasAccumulated || parameter.Gradient is not { } gradient || gradient.DType == a.DType)
        {
            Write();
            parameter.AddGradientProduct(a, b, scale);
            return;
        }
        Add(
            parameter,
            scale == 1 ? Ops.MatMul(a, b) : Ops.AddMatMulInPlace(Tensor.Empty([a.Size(0), b.Size(1)], a.DType, a.Device), a, b, 0, scale)
        );
    }

    /// <summary>Copies what is pending.</summary>
    public void Write()
    {
        if (_targets.Count == 0)
            return;
        Ops.CopyAllInPlace([.. _targets], [.. _values]);
        _targets.Clear();
        _values.Clear();
    }
}
