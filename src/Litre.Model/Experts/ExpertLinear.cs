using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>One projection of all experts: row m of expert e becomes <c>x Wₑᵀ + s · x Aₑᵀ Bₑᵀ</c>.</summary>
/// <remarks>M rows sorted by expert, m of them with one adapter, E experts, in and out widths, r rank.</remarks>
public sealed class ExpertLinear(WeightSource source, string key, int experts, long rows, long inputs) : IDisposable
{
    private readonly KernelPolicy _kernels = source.Kernels;
    private readonly WeightStack _matrices = source.MakeStack(key, experts, rows, inputs);
    private readonly Device _device = source.Device;
    private LoraTable? _table;

    /// <summary>The module that contains all experts.</summary>
    public string Module { get; } = key[..key.LastIndexOf('.')];

    /// <summary>The stacked tensor's checkpoint key, by which adapters name it.</summary>
    public string Key { get; } = key;

    /// <summary>(E, out, in)</summary>
    public Parameter Weight => _matrices.Weight;

    /// <summary>Its low-rank updates, by the slots of the model's adapters.</summary>
    public LoraSlots Lora { get; } = new(key);

    public bool Trainable => Weight.Trainable || Lora.Trainable;

    /// <summary>Whether all products of a pass, those of its adapters too, are grouped ones.</summary>
    public bool UsesGrouped(AdapterSelection adapters) =>
        _matrices.UsesGrouped(_kernels) && adapters.Rows.All(r => Lora[r.Slot] is not { } lora || lora.Parameters.All(IsGrouped));

    /// <summary>Makes the attached adapters selectable by row on the device (<see cref="AdapterSelection.OnDevice"/>).</summary>
    /// <returns>Whether that needs a table that did not exist before, so that recorded steps are out of date.</returns>
    public bool UpdateTable()
    {
        var created = _table is null && Lora.Count > 0;
        if (created)
            _table = new LoraTable([(Lora, 0)], rows, _device);
        _table?.Update();
        return created;
    }

    /// <param name="x">(M, in)</param>
    /// <param name="groups">The rows of each expert.</param>
    /// <param name="tokens">(M) int64: the token of each row.</param>
    /// <param name="adapters">Which rows use which adapter.</param>
    /// <param name="pass">Whether to save, the dropout masks, and adapters that are selected on the device.</param>
    /// <returns>(M, out), and each adapter's inner product (m, r) if it is trained.</returns>
    public (Tensor Y, IReadOnlyList<Tensor?> U) Forward(
        Tensor x,
        ExpertGroups groups,
        Tensor tokens,
        IReadOnlyList<ExpertAdapterRows> adapters,
        Pass pass
    )
    {
        using var scope = new TensorScope();
        var y = _matrices.Multiply(x, groups); // (M, out)
        if (pass.Adapters.RowSlots is { } slots)
        {
            _table?.AddForward(x, y, slots, tokens, groups.Offsets);
            return (scope.Return(y), []);
        }
        var inner = new Tensor?[adapters.Count];
        for (var i = 0; i < inner.Length; i++)
        {
            var rows = adapters[i];
            if (Lora[rows.Slot] is not { } lora)
                continue;
            // (m, r)
            var u = GroupedProduct.Rows(ApplyDropout(rows.Take(x), lora, pass.Dropout), lora.A.Value.Transposed(), rows.Groups);
            y = rows.Put(y, GroupedProduct.AddRows(rows.Take(y), u, lora.B.Value.Transposed(), rows.Groups, lora.Scale));
            if (pass.Save && lora.Trainable)
                inner[i] = TensorScope.Keep(u);
        }
        return (scope.Return(y), inner);
    }

    /// <param name="dY">(M, out)</param>
    /// <param name="x">(M, in), if anything is trained.</param>
    /// <param name="u">The forward pass's u.</param>
    /// <param name="groups">The forward pass's groups.</param>
    /// <param name="adapters">The forward pass's adapters.</param>
    /// <param name="dropout">The forward pass's dropout.</param>
    /// <returns>dX (M, in)</returns>
    public Tensor Backward(
        Tensor dY,
        Tensor? x,
        IReadOnlyList<Tensor?> u,
        ExpertGroups groups,
        IReadOnlyList<ExpertAdapterRows> adapters,
        DropoutMasks? dropout
    )
    {
        using var scope = new TensorScope();
        var dX = _matrices.MultiplyTransposed(dY, groups); // (M, in)
        if (Weight.Trainable)
            GroupedProduct.AccumulateOuter(Weight, dY, x!, groups);
        foreach (var (rows, inner) in adapters.Zip(u))
        {
            if (Lora[rows.Slot] is not { } lora)
                continue;
            var taken = x is not null && lora.A.Trainable ? rows.Take(x) : null; // (m, in)
            dX = rows.Put(dX, BackwardAdapter(rows.Take(dY), taken, inner, rows.Groups, lora, dropout, rows.Take(dX)));
        }
        return scope.Return(dX);
    }

    public void Dispose()
    {
        _matrices.Dispose();
        Lora.Dispose();
        _table?.Dispose();
    }

    // The gradients of one adapter from its rows, and their dX (m, in) with its part added, which may be the one given.
    private Tensor BackwardAdapter(Tensor dY, Tensor? x, Tensor? u, ExpertGroups groups, LoraPair lora, DropoutMasks? dropout, Tensor dX)
    {
        // The scale goes to the narrow side: r numbers per row instead of all of dY.
        var dU = GroupedProduct.Rows(dY, lora.B.Value, groups, lora.Scale); // (m, r)
        if (lora.B.Trainable)
            GroupedProduct.AccumulateOuter(lora.B, dY, Ops.Mul(u!, lora.Scale), groups);
        if (lora.A.Trainable)
            GroupedProduct.AccumulateOuter(lora.A, dU, ApplyDropout(x!, lora, dropout), groups);
        if (dropout is null || lora.Settings.Dropout == 0)
            return GroupedProduct.AddRows(dX, dU, lora.A.Value, groups, 1);
        var through = GroupedProduct.Rows(dU, lora.A.Value, groups); // (m, in)
        return Ops.Add(dX, ApplyDropout(through, lora, dropout));
    }

    private bool IsGrouped(Parameter factors) => GroupedProduct.IsGrouped(factors.Value, _kernels);

    private Tensor ApplyDropout(Tensor x, LoraPair lora, DropoutMasks? masks) =>
        masks is null || lora.Settings.Dropout == 0 ? x : Ops.Mul(x, masks.Keep(x, Key, lora.Settings.Dropout));
}
