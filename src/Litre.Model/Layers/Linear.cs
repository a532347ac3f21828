using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// <c>y = x Wᵀ + b</c>, with low-rank updates <c>+ s · drop(x) Aᵀ Bᵀ</c>. Several projections of one input (q, k, v; gate, up) are in
/// one weight and run as one product; each remains a separate part for freezing and adapters. An adapter's updates of several parts may
/// run together as well (<see cref="LoraStack"/>), unless dropout gives each its own input. Several adapters may be attached; the pass
/// determines which one each row uses.
/// </summary>
/// <remarks>T tokens, m of them with one adapter, in and out widths, r rank, R sum of a stack's ranks.</remarks>
public sealed class Linear : IDisposable
{
    private readonly WeightMatrix _weight; // (out, in)
    private readonly Tensor? _bias; // (out)
    private readonly Dictionary<int, LoraStack> _stacks = [];
    private LoraTable? _table;

    /// <param name="source">The source of the weights.</param>
    /// <param name="parts">Module names and output widths, in the order in which they are stacked.</param>
    /// <param name="inputs">Input width.</param>
    /// <param name="bias">Whether the modules have biases.</param>
    public Linear(WeightSource source, IReadOnlyList<(string Module, long Rows)> parts, long inputs, bool bias)
    {
        _weight = source.MakeMatrix([.. parts.Select(p => (p.Module + ".weight", p.Rows))], inputs);
        _bias = bias ? TensorScope.Keep(source.Allocate([_weight.Rows])) : null;
        var built = new List<LinearPart>();
        var start = 0L;
        foreach (var ((module, rows), weight) in parts.Zip(_weight.Parts))
        {
            built.Add(
                new LinearPart(module, start, weight, _bias is null ? null : source.Fill(module + ".bias", _bias.Slice(0, start, rows)))
            );
            start += rows;
        }
        Parts = built;
    }

    public Linear(WeightSource source, string module, long rows, long inputs, bool bias)
        : this(source, [(module, rows)], inputs, bias) { }

    public IReadOnlyList<LinearPart> Parts { get; }

    public IEnumerable<Parameter> Parameters => Parts.SelectMany(p => p.Bias is null ? [p.Weight] : (Parameter[])[p.Weight, p.Bias]);

    public bool Trainable => Parts.Any(p => p.Trainable);

    /// <summary>What the backward pass reads: the input (T, in), and what each adapter keeps.</summary>
    public sealed record Saved(Tensor? X, IReadOnlyList<SavedAdapter> Adapters, DropoutMasks? Dropout) : IDisposable
    {
        public void Dispose()
        {
            X?.Dispose();
            foreach (var adapter in Adapters)
                adapter.Dispose();
        }
    }

    /// <summary>
    /// The inner products of one adapter: one (m, r) per part, or all of a stack (m, R); null if they are not trained. Its rows are
    /// borrowed.
    /// </summary>
    public sealed record SavedAdapter(AdapterRows Rows, Tensor?[] U, Tensor? StackedU) : IDisposable
    {
        public void Dispose()
        {
            foreach (var u in U)
                u?.Dispose();
            StackedU?.Dispose();
        }
    }

    /// <summary>The factors of a slot if they are in common tensors; null if each is separate.</summary>
    public LoraStack? Stack(int slot) => _stacks.GetValueOrDefault(slot);

    /// <summary>Memory for the factors that one adapter has on several parts in common tensors, zero.</summary>
    /// <param name="slot">The slot of the adapter.</param>
    /// <param name="adapters">Parts that it changes, in their order.</param>
    /// <returns>Each one's A (r, in) and B (rows, r): views, of which B need not be dense.</returns>
    public IReadOnlyList<(Tensor A, Tensor B)> Allocate(int slot, IReadOnlyList<(LinearPart Part, LoraSettings Settings)> adapters)
    {
        if (Stack(slot) is not null || HasAdapter(slot))
            throw new InvalidOperationException($"{Parts[0].Module} already has an adapter in slot {slot}");
        var stack = new LoraStack(slot, adapters, _weight);
        _stacks.Add(slot, stack);
        return stack.Factors();
    }

    /// <summary>Whether the adapter of a slot changes any part.</summary>
    public bool HasAdapter(int slot) => Parts.Any(p => p.Lora[slot] is not null);

    /// <summary>Whether the update of a slot, if it has one, can be selected by row on the device.</summary>
    public bool SupportsTable(int slot) => Parts.All(p => LoraTable.Supports(p.Lora, slot));

    /// <summary>Makes the attached adapters selectable by row on the device (<see cref="AdapterSelection.OnDevice"/>).</summary>
    /// <returns>Whether that needs a table that did not exist before, so that recorded steps are out of date.</returns>
    public bool UpdateTable()
    {
        var created = _table is null && Parts.Any(p => p.Lora.Count > 0);
        if (created)
            _table = new LoraTable([.. Parts.Select(p => (p.Lora, p.Start))], _weight.Rows, _weight.Device);
        _table?.Update();
        return created;
    }

    /// <summary>Memory of the factors of a slot, in bytes.</summary>
    public long AdapterBytes(int slot)
    {
        var pairs = Parts.Select(p => p.Lora[slot]).OfType<LoraPair>();
        return Stack(slot) is not { } stack ? pairs.Sum(p => p.Bytes) : stack.A.Bytes + (stack.B?.Bytes ?? pairs.Sum(p => p.B.Value.Bytes));
    }

    /// <summary>Frees the adapter of a slot, if there is one.</summary>
    public void Detach(int slot)
    {
        foreach (var part in Parts)
            part.Lora.Detach(slot);
        if (_stacks.Remove(slot, out var stack))
            stack.Dispose();
    }

    /// <param name="x">(T, in)</param>
    /// <param name="pass">Whether to save, the dropout masks, and the rows' adapters.</param>
    /// <returns>(T, out), and what was saved.</returns>
    public (Tensor Y, Saved? Saved) Forward(Tensor x, Pass pass)
    {
        using var scope = new TensorScope();
        var y = _weight.Multiply(x, _bias); // (T, out)
        if (pass.Adapters.RowSlots is { } slots)
        {
            _table?.AddForward(x, y, slots);
            return (scope.Return(y), null);
        }
        var adapters = new List<SavedAdapter>();
        foreach (var rows in pass.Adapters.Rows)
        {
            if (!HasAdapter(rows.Slot))
                continue;
            var taken = rows.Take(y); // (m, out)
            adapters.Add(AddAdapter(rows.Take(x), taken, rows, pass));
            rows.Put(y, taken, taken);
        }
        if (!pass.Save)
            return (scope.Return(y), null);
        var keepsX = Parameters.Any(p => p.Trainable) || adapters.Exists(a => Trains(a.Rows.Slot));
        return (scope.Return(y), new Saved(keepsX ? TensorScope.Keep(x.Alias()) : null, adapters, pass.Dropout));
    }

    /// <summary>Whether the forward pass is only a product and a bias, without adapters.</summary>
    public bool IsPlain(Pass pass) =>
        _bias is not null && pass.Adapters.RowSlots is null && !pass.Adapters.Rows.Any(r => HasAdapter(r.Slot));

    /// <summary>The plain forward pass and gelu after it, see <see cref="WeightMatrix.MultiplyGelu"/>.</summary>
    /// <param name="x">(T, in)</param>
    /// <returns>(T, out)</returns>
    /// <exception cref="InvalidOperationException">There is no bias.</exception>
    public Tensor ForwardGelu(Tensor x) =>
        _weight.MultiplyGelu(x, _bias ?? throw new InvalidOperationException($"{Parts[0].Module} has no bias"));

    /// <param name="dY">(T, out)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <param name="needInput">Whether dX is needed.</param>
    /// <returns>dX (T, in), or null.</returns>
    public Tensor? Backward(Tensor dY, Saved saved, bool needInput = true)
    {
        using var scope = new TensorScope();
        var dX = needInput ? _weight.MultiplyTransposed(dY) : null; // (T, in)
        foreach (var part in Parts)
        {
            if (!part.Weight.Trainable && part.Bias is not { Trainable: true })
                continue;
            var dPart = part.Columns(dY); // (T, rows)
            if (part.Weight.Trainable)
                part.Weight.AddGradientProduct(dPart.Transposed(), saved.X!);
            if (part.Bias is { Trainable: true } bias)
                bias.AddGradient(Ops.Sum(dPart, 0));
        }
        var pending = new PendingGradients();
        foreach (var adapter in saved.Adapters)
        {
            var (rows, dTaken) = (adapter.Rows, dX is null ? null : adapter.Rows.Take(dX)); // (m, in)
            var x = saved.X is null ? null : rows.Take(saved.X); // (m, in)
            var dRows = BackwardAdapter(rows.Take(dY), adapter, x, saved.Dropout, dTaken, pending);
            if (dX is not null)
                dX = rows.Put(dX, dTaken!, dRows!);
        }
        pending.Write();
        saved.Dispose();
        return dX is null ? null : scope.Return(dX);
    }

    public void Dispose()
    {
        foreach (var part in Parts)
        {
            part.Lora.Dispose();
            part.Bias?.Dispose();
        }
        foreach (var stack in _stacks.Values)
            stack.Dispose();
        _table?.Dispose();
        _weight.Dispose();
        _bias?.Dispose();
    }

    // Adds one adapter's update of its rows, x (m, in), to y (m, out).
    private SavedAdapter AddAdapter(Tensor x, Tensor y, AdapterRows rows, Pass pass)
    {
        var inner = new Tensor?[Parts.Count];
        var stacked = UsesStack(rows.Slot, pass.Dropout) ? Stack(rows.Slot)!.AddForward(x, y) : null; // (m, R)
        for (var i = 0; stacked is null && i < Parts.Count; i++)
        {
            if (Parts[i].Lora[rows.Slot] is not { } lora)
                continue;
            var u = Ops.Linear(ApplyDropout(x, Parts[i], lora, pass.Dropout), lora.A.Value); // (m, r)
            Ops.AddMatMulInPlace(Parts[i].Columns(y), u, lora.B.Value.Transposed(), 1, lora.Scale);
            if (pass.Save && lora.Trainable)
                inner[i] = TensorScope.Keep(u);
        }
        var keepsStacked = pass.Save && stacked is not null && Trains(rows.Slot);
        return new SavedAdapter(rows, inner, keepsStacked ? TensorScope.Keep(stacked!) : null);
    }

    // The gradients of one adapter from its rows of dY (m, out) and x (m, in); its part of dX (m, in) is added to what is given.
    private Tensor? BackwardAdapter(Tensor dY, SavedAdapter adapter, Tensor? x, DropoutMasks? dropout, Tensor? dX, PendingGradients pending)
    {
        var slot = adapter.Rows.Slot;
        if (UsesStack(slot, dropout))
        {
            Stack(slot)!.Backward(dY, adapter.StackedU, x, dX, pending);
            return dX;
        }
        foreach (var (part, u) in Parts.Zip(adapter.U))
        {
            if (part.Lora[slot] is not { } lora)
                continue;
            var dPart = part.Columns(dY); // (m, rows)
            if (lora.B.Trainable)
                pending.AddProduct(lora.B, dPart.Transposed(), u!, lora.Scale);
            if (dX is null && !lora.A.Trainable)
                continue;
            var dU = Tensor.Empty([dY.Size(0), lora.Rank], dY.DType, dY.Device); // (m, r)
            Ops.AddMatMulInPlace(dU, dPart, lora.B.Value, 0, lora.Scale);
            if (lora.A.Trainable)
                pending.AddProduct(lora.A, dU.Transposed(), ApplyDropout(x!, part, lora, dropout));
            if (dX is null)
                continue;
            if (dropout is { } masks && lora.Settings.Dropout > 0)
                dX = Ops.Add(dX, Ops.Mul(Ops.MatMul(dU, lora.A.Value), masks.Keep(dX, part.Module, lora.Settings.Dropout)));
            else
                Ops.AddMatMulInPlace(dX, dU, lora.A.Value);
        }
        return dX;
    }

    private bool Trains(int slot) => Parts.Any(p => p.Lora[slot] is { Trainable: true });

    private bool UsesStack(int slot, DropoutMasks? masks) => Stack(slot) is { } stack && Parts.All(p => stack.Supports(p, masks));

    private static Tensor ApplyDropout(Tensor x, LinearPart part, LoraPair lora, DropoutMasks? masks) =>
        masks is null || lora.Settings.Dropout == 0 ? x : Ops.Mul(x, masks.Keep(x, part.Module, lora.Settings.Dropout));
}
