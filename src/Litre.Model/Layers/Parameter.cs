using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// One named tensor of the model or of an adapter. <see cref="Gradient"/> exists while it is trained, in the accumulation type
/// (float32, or float64 for float64 models), and gradients are added to it.
/// </summary>
public sealed class Parameter : IDisposable
{
    private readonly WeightStorage _storage;
    private bool _trainable;

    /// <param name="key">Its name.</param>
    /// <param name="value">The values, in the compute type. Ownership passes to this object.</param>
    public Parameter(string key, Tensor value)
        : this(key, new DenseStorage(value)) { }

    /// <param name="key">Its name.</param>
    /// <param name="storage">Ownership passes to this object.</param>
    public Parameter(string key, WeightStorage storage) => (Key, _storage) = (key, storage);

    /// <summary>The checkpoint key, or the PEFT key of an adapter's factor.</summary>
    public string Key { get; }

    /// <summary>The values, to be read, written and trained.</summary>
    /// <exception cref="InvalidOperationException">The values are not in the compute type; use <see cref="Dequantize"/>.</exception>
    public Tensor Value =>
        _storage.Dense ?? throw new InvalidOperationException($"{Key} is not stored in {ComputeType.Name()}, so it can only be read");

    public ReadOnlySpan<long> Sizes => _storage.Sizes;

    /// <summary>How many values.</summary>
    public long Count => Shape.Count(Sizes);

    /// <summary>The type in which it is used in computations.</summary>
    public DType ComputeType => _storage.ComputeType;

    public Device Device => _storage.Device;

    /// <summary>Memory of the values.</summary>
    public long Bytes => _storage.Bytes;

    /// <summary>Whether a backward pass computes this parameter's gradient.</summary>
    /// <exception cref="InvalidOperationException">It is set to true, but the values are not in the compute type.</exception>
    public bool Trainable
    {
        get => _trainable;
        set
        {
            if (value && _storage.Dense is null)
                throw new InvalidOperationException(
                    $"{Key} is not stored in {ComputeType.Name()}, so it cannot be trained; train an adapter on it"
                );
            _trainable = value;
        }
    }

    /// <summary>The values in the compute type, to be read: a new handle on them, or new memory.</summary>
    public Tensor Dequantize() => _storage.Dequantize();

    /// <summary>The gradient of the value's shape; owned by the code that allocated it (see <see cref="GradientBuffer"/>).</summary>
    public Tensor? Gradient { get; set; }

    /// <summary>
    /// Whether a backward pass has added to the gradient since it was last cleared. A step without images does not change the vision
    /// tower's parameters, like parameters whose gradient is None in PyTorch.
    /// </summary>
    public bool HasAccumulated { get; set; }

    /// <summary>The gradient to add to; marks the parameter as touched.</summary>
    /// <exception cref="InvalidOperationException">No gradient was allocated.</exception>
    public Tensor RequireGradient()
    {
        HasAccumulated = true;
        return Gradient ?? throw new InvalidOperationException($"{Key} is trainable but has no gradient buffer");
    }

    /// <summary>Adds to the gradient; the first one since it was cleared is copied into it, which needs fewer operators.</summary>
    /// <param name="dValue">
    /// The gradient with respect to the value, of the value's shape, in the gradient's type or a narrower one.
    /// </param>
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

    public void Dispose() => _storage.Dispose();
}
