using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// <c>y = x Wᵀ + b</c>, with low-rank updates <c>+ s · drop(x) Aᵀ Bᵀ</c>. Several projections of one input (q, k, v; gate, up) lie in
/// one weight and run as one product; each stays a part of its own for freezing and adapters. Their adapters' A factors may lie in one
/// tensor as well: then x is read once for all of them, unless dropout gives each an input of its own.
/// </summary>
/// <remarks>T tokens, in and out widths, r rank, R sum of the adapters' ranks.</remarks>
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
            built.Add(new LinearPart(module, start, weight, _bias is null ? null : source.Fill(module + ".bias", _bias.Slice(0, start, count))));
            start += count;
        }
        Parts = built;
    }

    public Linear(WeightSource source, string module, long rows, long inputs, bool bias)
        : this(source, [(module, rows)], inputs, bias) { }

    public IReadOnlyList<LinearPart> Parts { get; }

    /// <summary>(R, in): the A factors of all adapters, of which each has its rows; null where each lies by itself.</summary>
    public Tensor? StackedA { get; private set; }

    public IEnumerable<Parameter> Parameters => Parts.SelectMany(p => p.Bias is null ? [p.Weight] : (Parameter[])[p.Weight, p.Bias]);

    public bool Trainable => Parts.Any(p => p.Trainable);

    /// <summary>What the backward reads: the input, and each adapter's inner product.</summary>
    public sealed record Saved(Tensor? X, Tensor?[] U, DropoutMasks? Dropout) : IDisposable
    {
        public void Dispose()
        {
            X?.Dispose();
            foreach (var u in U) u?.Dispose();
        }
    }

    /// <summary>Memory for the A factors of several parts' adapters in one tensor, zero.</summary>
    /// <param name="ranks">Of the adapters, in the order of their parts.</param>
    /// <returns>Each one's rows (r, in).</returns>
    public IReadOnlyList<Tensor> AllocateA(IReadOnlyList<int> ranks)
    {
        StackedA = TensorScope.Keep(Tensor.Zeros([ranks.Sum(), _weight.Size(1)], _weight.DType, _weight.Device));
        var start = 0L;
        return [.. ranks.Select(rank => StackedA.Slice(0, (start += rank) - rank, rank))];
    }

    /// <summary>Frees all adapters.</summary>
    public void Detach()
    {
        foreach (var part in Parts)
        {
            part.Lora?.Dispose();
            part.Lora = null;
        }
        StackedA?.Dispose();
        StackedA = null;
    }

    /// <param name="x">(T, in)</param>
    /// <param name="pass">Whether to save, and the dropout masks.</param>
    /// <returns>(T, out), and what was saved.</returns>
    public (Tensor Y, Saved? Saved) Forward(Tensor x, Pass pass)
    {
        using var scope = new TensorScope();
        var y = Ops.Linear(x, _weight, _bias); // (T, out)
        var inner = new Tensor?[Parts.Count];
        var all = UsesStack(pass.Dropout) ? Ops.Linear(x, StackedA!) : null; // (T, R)
        var start = 0L;
        for (var i = 0; i < Parts.Count; i++)
        {
            if (Parts[i].Lora is not { Enabled: true } lora) continue;
            var u = all?.Slice(1, start, lora.Rank) ?? Ops.Linear(Dropped(x, Parts[i], pass.Dropout), lora.A.Value); // (T, r)
            start += lora.Rank;
            Ops.AddMatMulInPlace(Columns(y, Parts[i]), u, lora.B.Value.Transposed(), 1, lora.Scale);
            if (pass.Save && lora.Trainable) inner[i] = TensorScope.Keep(u);
        }
        Saved? saved = null;
        if (pass.Save) saved = new Saved(Trainable ? TensorScope.Keep(x.Alias()) : null, inner, pass.Dropout);
        return (scope.Return(y), saved);
    }

    /// <summary>Whether the forward is a product and a bias alone, without adapters.</summary>
    public bool IsPlain => _bias is not null && Parts.All(p => p.Lora is not { Enabled: true });

    /// <summary>The plain forward and gelu after it in one operator, see <see cref="Ops.LinearGelu"/>.</summary>
    /// <param name="x">(T, in)</param>
    /// <returns>(T, out)</returns>
    /// <exception cref="InvalidOperationException">The forward is not plain.</exception>
    public Tensor ForwardGelu(Tensor x) => IsPlain
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
        var all = UsesStack(saved.Dropout) ? Tensor.Empty([dY.Size(0), StackedA!.Size(0)], dY.DType, dY.Device) : null; // (T, R)
        var pending = new PendingGradients();
        var start = 0L;
        foreach (var (part, u) in Parts.Zip(saved.U))
        {
            var dPart = Columns(dY, part); // (T, rows)
            if (part.Weight.Trainable)
                part.Weight.AddGradientProduct(dPart.Transposed(), saved.X!);
            if (part.Bias is { Trainable: true } bias)
                bias.AddGradient(Ops.Sum(dPart, 0));
            if (part.Lora is not { } lora) continue;
            if (lora.B.Trainable)
                pending.AddProduct(lora.B, dPart.Transposed(), u!, lora.Scale);
            if (dX is null && !lora.A.Trainable && all is null) continue;
            var dU = all?.Slice(1, start, lora.Rank) ?? Tensor.Empty([dY.Size(0), lora.Rank], dY.DType, dY.Device); // (T, r)
            start += lora.Rank;
            Ops.AddMatMulInPlace(dU, dPart, lora.B.Value, 0, lora.Scale);
            if (all is not null) continue;
            if (lora.A.Trainable)
                pending.AddProduct(lora.A, dU.Transposed(), Dropped(saved.X!, part, saved.Dropout));
            if (dX is null) continue;
            if (saved.Dropout is { } masks && lora.Settings.Dropout > 0)
                dX = Ops.Add(dX, Ops.Mul(Ops.MatMul(dU, lora.A.Value), masks.Keep(dX, part.Module, lora.Settings.Dropout)));
            else
                Ops.AddMatMulInPlace(dX, dU, lora.A.Value);
        }
        if (all is not null) BackwardStack(all, saved.X, dX, pending);
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

    // dU of all adapters (T, R), to the gradients of their A factors and to dX.
    private void BackwardStack(Tensor dU, Tensor? x, Tensor? dX, PendingGradients pending)
    {
        var adapters = Parts.Select(p => p.Lora).OfType<LoraPair>().ToList();
        if (adapters.Exists(a => a.A.Trainable))
        {
            var product = Ops.MatMul(dU.Transposed(), x!); // (R, in)
            var start = 0L;
            foreach (var adapter in adapters)
            {
                if (adapter.A.Trainable) pending.Add(adapter.A, product.Slice(0, start, adapter.Rank));
                start += adapter.Rank;
            }
        }
        if (dX is not null) Ops.AddMatMulInPlace(dX, dU, StackedA!);
    }

    // Each adapter has its own input where inputs drop out.
    private bool UsesStack(DropoutMasks? masks) => StackedA is not null
        && Parts.All(p => p.Lora is null or { Enabled: true } && (masks is null || p.Lora is null or { Settings.Dropout: 0 }));

    private static Tensor Dropped(Tensor x, LinearPart part, DropoutMasks? masks) =>
        masks is null || part.Lora!.Settings.Dropout == 0 ? x : Ops.Mul(x, masks.Keep(x, part.Module, part.Lora.Settings.Dropout));

    private Tensor Columns(Tensor y, LinearPart part) => Parts.Count == 1 ? y : y.Slice(1, part.Start, part.Rows);
}
