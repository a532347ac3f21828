using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// <c>y = x Wᵀ + b</c>, with low-rank updates <c>+ s · drop(x) Aᵀ Bᵀ</c>. Several projections of one input (q, k, v; gate, up) lie in
/// one weight and run as one product; each stays a part of its own for freezing and adapters.
/// </summary>
/// <remarks>T tokens, in and out widths, r rank.</remarks>
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

    /// <param name="x">(T, in)</param>
    /// <param name="pass">Whether to save, and the dropout masks.</param>
    /// <returns>(T, out), and what was saved.</returns>
    public (Tensor Y, Saved? Saved) Forward(Tensor x, Pass pass)
    {
        using var scope = new TensorScope();
        var y = Ops.Linear(x, _weight, _bias); // (T, out)
        var inner = new Tensor?[Parts.Count];
        for (var i = 0; i < Parts.Count; i++)
        {
            if (Parts[i].Lora is not { Enabled: true } lora) continue;
            var u = Ops.Linear(Dropped(x, Parts[i], pass.Dropout), lora.A.Value); // (T, r)
            Ops.AddMatMulInPlace(Columns(y, Parts[i]), u, lora.B.Value.Transposed(), 1, lora.Scale);
            if (pass.Save && lora.Trainable) inner[i] = TensorScope.Keep(u);
        }
        Saved? saved = null;
        if (pass.Save) saved = new Saved(Trainable ? TensorScope.Keep(x.Alias()) : null, inner, pass.Dropout);
        return (scope.Return(y), saved);
    }

    /// <param name="dY">(T, out)</param>
    /// <param name="saved">Of the forward; freed here.</param>
    /// <param name="needInput">Whether dX is wanted.</param>
    /// <returns>dX (T, in), or null.</returns>
    public Tensor? Backward(Tensor dY, Saved saved, bool needInput = true)
    {
        using var scope = new TensorScope();
        var dX = needInput ? Ops.MatMul(dY, _weight) : null; // (T, in)
        for (var i = 0; i < Parts.Count; i++)
        {
            var part = Parts[i];
            if (!part.Trainable && !(needInput && part.Lora is not null)) continue;
            var dPart = Columns(dY, part); // (T, rows)
            if (part.Weight.Trainable)
                part.Weight.AddGradientProduct(dPart.Transposed(), saved.X!);
            if (part.Bias is { Trainable: true } bias)
                bias.AddGradient(Ops.Sum(dPart, 0));
            if (part.Lora is not { } lora) continue;
            var dU = Ops.AddMatMulInPlace(Tensor.Empty([dY.Size(0), lora.Rank], dY.DType, dY.Device), dPart, lora.B.Value, 0, lora.Scale); // (T, r)
            if (lora.B.Trainable)
                lora.B.AddGradientProduct(dPart.Transposed(), saved.U[i]!, lora.Scale);
            if (lora.A.Trainable)
                lora.A.AddGradientProduct(dU.Transposed(), Dropped(saved.X!, part, saved.Dropout));
            if (dX is null) continue;
            if (saved.Dropout is { } masks && lora.Settings.Dropout > 0)
                dX = Ops.Add(dX, Ops.Mul(Ops.MatMul(dU, lora.A.Value), masks.Keep(dX, part.Module, lora.Settings.Dropout)));
            else
                Ops.AddMatMulInPlace(dX, dU, lora.A.Value);
        }
        saved.Dispose();
        return dX is null ? null : scope.Return(dX);
    }

    public void Dispose()
    {
        foreach (var part in Parts)
        {
            part.Weight.Dispose();
            part.Bias?.Dispose();
            part.Lora?.Dispose();
        }
        _weight.Dispose();
        _bias?.Dispose();
    }

    private static Tensor Dropped(Tensor x, LinearPart part, DropoutMasks? masks) =>
        masks is null || part.Lora!.Settings.Dropout == 0 ? x : Ops.Mul(x, masks.Keep(x, part.Module, part.Lora.Settings.Dropout));

    private Tensor Columns(Tensor y, LinearPart part) => Parts.Count == 1 ? y : y.Slice(1, part.Start, part.Rows);
}
