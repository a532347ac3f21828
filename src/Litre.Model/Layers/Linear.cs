using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// <c>y = x Wᵀ + b</c>, with low-rank updates <c>+ s · drop(x) Aᵀ Bᵀ</c>. Several projections of one input (q, k, v; gate, up) lie in
/// one weight and run as one product; each stays a part of its own for freezing and adapters. Their adapters may run together as well
/// (<see cref="LoraStack"/>), unless dropout gives each an input of its own.
/// </summary>
/// <remarks>T tokens, in and out widths, r rank, R sum of the stacked adapters' ranks.</remarks>
public sealed class Linear : IDisposable
{
    private readonly Tensor _weight; // (out, in)
    private readonly Tensor? _bias; // (out)

    /// <param name="source">Where the weights come from.</param>
    /// <param name="parts">Module names and output widths, in the order in which they are stacked.</param>
    /// <param name="inputs">Input width.</param>
    /// <param name="bias">Whether the modules have biases.</param>
    public Linear(WeightSource source, IReadOnlyList<(string Module, long Rows)> parts, long inputs, bool bias)
    {
        var rows = parts.Sum(p => p.Rows);
        _weight = TensorScope.Keep(source.Allocate([rows, inputs]));
        _bias = bias ? TensorScope.Keep(source.Allocate([rows])) : null;
        var built = new List<LinearPart>();
        var start = 0L;
        foreach (var (module, count) in parts)
        {
            var weight = source.Fill(module + ".weight", _weight.Slice(0, start, count));
            built.Add(
                new LinearPart(module, start, weight, _bias is null ? null : source.Fill(module + ".bias", _bias.Slice(0, start, count)))
            );
            start += count;
        }
        Parts = built;
    }

    public Linear(WeightSource source, string module, long rows, long inputs, bool bias)
        : this(source, [(module, rows)], inputs, bias) { }

    public IReadOnlyList<LinearPart> Parts { get; }

    /// <summary>The adapters' factors where they lie in common tensors; null where each lies by itself.</summary>
    public LoraStack? Stack { get; private set; }

    public IEnumerable<Parameter> Parameters => Parts.SelectMany(p => p.Bias is null ? [p.Weight] : (Parameter[])[p.Weight, p.Bias]);

    public bool Trainable => Parts.Any(p => p.Trainable);

    /// <summary>
    /// What the backward reads: the input (T, in), and the adapters' inner products: one (T, r) a part, or all of a stack (T, R).
    /// </summary>
    public sealed record Saved(Tensor? X, Tensor?[] U, Tensor? StackedU, DropoutMasks? Dropout) : IDisposable
    {
        public void Dispose()
        {
            X?.Dispose();
            foreach (var u in U)
                u?.Dispose();
            StackedU?.Dispose();
        }
    }

    /// <summary>Memory for the factors of several parts' adapters in common tensors, zero.</summary>
    /// <param name="adapters">Parts that get one, in their order.</param>
    /// <returns>Each one's A (r, in) and B (rows, r): views, of which B need not be dense.</returns>
    public IReadOnlyList<(Tensor A, Tensor B)> Allocate(IReadOnlyList<(LinearPart Part, LoraSettings Settings)> adapters)
    {
        if (Stack is not null || Parts.Any(p => p.Lora is not null))
            throw new InvalidOperationException($"{Parts[0].Module} has adapters already");
        Stack = new LoraStack(adapters, _weight);
        return Stack.Factors();
    }

    /// <summary>Frees all adapters.</summary>
    public void Detach()
    {
        foreach (var part in Parts)
        {
            part.Lora?.Dispose();
            part.Lora = null;
        }
        Stack?.Dispose();
        Stack = null;
    }

    /// <param name="x">(T, in)</param>
    /// <param name="pass">Whether to save, and the dropout masks.</param>
    /// <returns>(T, out), and what was saved.</returns>
    public (Tensor Y, Saved? Saved) Forward(Tensor x, Pass pass)
    {
        using var scope = new TensorScope();
        var y = Ops.Linear(x, _weight, _bias); // (T, out)
        var inner = new Tensor?[Parts.Count];
        var stacked = UsesStack(pass.Dropout) ? Stack!.AddForward(x, y) : null; // (T, R)
        for (var i = 0; stacked is null && i < Parts.Count; i++)
        {
            if (Parts[i].Lora is not { Enabled: true } lora)
                continue;
            var u = Ops.Linear(ApplyDropout(x, Parts[i], pass.Dropout), lora.A.Value); // (T, r)
            Ops.AddMatMulInPlace(Parts[i].Columns(y), u, lora.B.Value.Transposed(), 1, lora.Scale);
            if (pass.Save && lora.Trainable)
                inner[i] = TensorScope.Keep(u);
        }
        if (!pass.Save)
            return (scope.Return(y), null);
        var keepsStacked = stacked is not null && Parts.Any(p => p.Lora is { Trainable: true });
        var saved = new Saved(
            Trainable ? TensorScope.Keep(x.Alias()) : null,
            inner,
            keepsStacked ? TensorScope.Keep(stacked!) : null,
            pass.Dropout
        );
        return (scope.Return(y), saved);
    }

    /// <summary>Whether the forward is a product and a bias alone, without adapters.</summary>
    public bool IsPlain => _bias is not null && Parts.All(p => p.Lora is not { Enabled: true });

    /// <summary>The plain forward and gelu after it in one operator, see <see cref="Ops.LinearGelu"/>.</summary>
    /// <param name="x">(T, in)</param>
    /// <returns>(T, out)</returns>
    /// <exception cref="InvalidOperationException">The forward is not plain.</exception>
    public Tensor ForwardGelu(Tensor x) =>
        IsPlain
            ? Ops.LinearGelu(x, _weight, _bias!)
            : throw new InvalidOperationException($"{Parts[0].Module} has no bias, or has adapters in use");

    /// <param name="dY">(T, out)</param>
    /// <param name="saved">Of the forward; freed here.</param>
    /// <param name="needInput">Whether dX is wanted.</param>
    /// <returns>dX (T, in), or null.</returns>
    public Tensor? Backward(Tensor dY, Saved saved, bool needInput = true)
    {
        using var scope = new TensorScope();
        var dX = needInput ? Ops.MatMul(dY, _weight) : null; // (T, in)
        var usesStack = UsesStack(saved.Dropout);
        var pending = new PendingGradients();
        foreach (var (part, u) in Parts.Zip(saved.U))
        {
            var dPart = part.Columns(dY); // (T, rows)
            if (part.Weight.Trainable)
                part.Weight.AddGradientProduct(dPart.Transposed(), saved.X!);
            if (part.Bias is { Trainable: true } bias)
                bias.AddGradient(Ops.Sum(dPart, 0));
            if (usesStack || part.Lora is not { } lora)
                continue;
            if (lora.B.Trainable)
                pending.AddProduct(lora.B, dPart.Transposed(), u!, lora.Scale);
            if (dX is null && !lora.A.Trainable)
                continue;
            var dU = Tensor.Empty([dY.Size(0), lora.Rank], dY.DType, dY.Device); // (T, r)
            Ops.AddMatMulInPlace(dU, dPart, lora.B.Value, 0, lora.Scale);
            if (lora.A.Trainable)
                pending.AddProduct(lora.A, dU.Transposed(), ApplyDropout(saved.X!, part, saved.Dropout));
            if (dX is null)
                continue;
            if (saved.Dropout is { } masks && lora.Settings.Dropout > 0)
                dX = Ops.Add(dX, Ops.Mul(Ops.MatMul(dU, lora.A.Value), masks.Keep(dX, part.Module, lora.Settings.Dropout)));
            else
                Ops.AddMatMulInPlace(dX, dU, lora.A.Value);
        }
        if (usesStack)
            Stack!.Backward(dY, saved.StackedU, saved.X, dX, pending);
        pending.Write();
        saved.Dispose();
        return dX is null ? null : scope.Return(dX);
    }

    public void Dispose()
    {
        Detach();
        foreach (var part in Parts)
        {
            part.Weight.Dispose();
            part.Bias?.Dispose();
        }
        _weight.Dispose();
        _bias?.Dispose();
    }

    private bool UsesStack(DropoutMasks? masks) => Stack is { } stack && Parts.All(p => stack.Supports(p, masks));

    private static Tensor ApplyDropout(Tensor x, LinearPart part, DropoutMasks? masks) =>
        masks is null || part.Lora!.Settings.Dropout == 0 ? x : Ops.Mul(x, masks.Keep(x, part.Module, part.Lora.Settings.Dropout));
}
