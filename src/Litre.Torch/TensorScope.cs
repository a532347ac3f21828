namespace Litre.Torch;

/// <summary>
/// Frees, when disposed, every tensor made on this thread since it was opened, except those passed on with
/// <see cref="Return"/> (to the enclosing scope) or <see cref="Keep"/> (to an owner that frees it by hand).
/// Scopes nest; a tensor made outside any scope belongs to the code that made it.
/// </summary>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic]
    private static TensorScope? _current;

    private readonly TensorScope? _parent;
    private readonly List<Tensor> _tensors = [];

    public TensorScope()
    {
        _parent = _current;
        _current = this;
    }

    internal static TensorScope? Current => _current;

    internal void Register(Tensor tensor)
    {
        tensor.Scope = this;
        _tensors.Add(tensor);
    }

    /// <summary>Passes the tensor to the enclosing scope, or to the caller if there is none.</summary>
    public Tensor Return(Tensor tensor)
    {
        if (tensor.Scope != this)
            return tensor;
        tensor.Scope = null;
        _parent?.Register(tensor);
        return tensor;
    }

    /// <summary>Removes the tensor from every scope: its owner must dispose it.</summary>
    public static Tensor Keep(Tensor tensor)
    {
        tensor.Scope = null;
        tensor.MarkEscaped();
        return tensor;
    }

    public void Dispose()
    {
        if (_current != this)
            throw new InvalidOperationException("tensor scopes must be closed in the reverse order of opening");
        _current = _parent;
        foreach (var tensor in _tensors)
        {
            if (tensor.Scope == this)
                tensor.Dispose();
        }
        _tensors.Clear();
    }
}
