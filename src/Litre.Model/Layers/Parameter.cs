using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// One named tensor of the model or of an adapter. <see cref="Gradient"/> is there while it is trained, in the
/// accumulation type (float32, or float64 for float64 models), and gradients are added to it.
/// </summary>
public sealed class Parameter : IDisposable
{
    public Parameter(string key, Tensor value)
    {
        Key = key;
        Value = TensorScope.Keep(value);
    }

    /// <summary>The checkpoint key, or the PEFT key of an adapter's factor.</summary>
    public string Key { get; }

    public Tensor Value { get; }

    /// <summary>Whether a backward pass computes this parameter's gradient.</summary>
    public bool Trainable { get; set; }

    /// <summary>Of the value's shape; owned by whoever allocated it (see <see cref="GradientBuffer"/>).</summary>
    public Tensor? Gradient { get; set; }

    /// <summary>
    /// Whether a backward pass has added to the gradient since it was last cleared. A step in which the vision tower saw no
    /// image leaves its parameters alone, as PyTorch does with those whose gradient is None.
    /// </summary>
    public bool HasAccumulated { get; set; }

    /// <summary>The gradient to add to; marks the parameter as touched.</summary>
    /// <exception cref="InvalidOperationException">No gradient was allocated.</exception>
    public Tensor RequireGradient()
    {
        HasAccumulated = true;
        return Gradient ?? throw new InvalidOperationException($"{Key} is trainable but has no gradient buffer");
    }

    /// <summary>Adds to the gradient; the first since it was cleared is copied into it, which takes fewer operators.</summary>
    /// <param name="dValue">Of the value's shape, in the gradient's type or a narrower one.</param>
    public void AddGradient(Tensor dValue)
    {
        var first = !HasAccumulated;
        var gradient = RequireGradient();
        if (first)
            gradient.CopyFrom(dValue);
        else
            Ops.Accumulate(gradient, dValue);
    }

    /// <summary>Adds <c>scale * a b</c> to the gradient, seen as a matrix of a's rows and b's columns.</summary>
    public void AddGradientProduct(Tensor a, Tensor b, double scale = 1)
    {
        var first = !HasAccumulated;
        using var gradient = RequireGradient().View(a.Size(0), b.Size(1));
        Ops.AddMatMulInPlace(gradient, a, b, first ? 0 : 1, scale);
    }

    public void Dispose() => Value.Dispose();
}
