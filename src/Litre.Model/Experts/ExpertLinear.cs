using System.Diagnostics.CodeAnalysis;
using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>One projection of all experts: row m of expert e becomes <c>x Wₑᵀ + s · x Aₑᵀ Bₑᵀ</c>.</summary>
/// <remarks>M rows sorted by expert, E experts, in and out widths, r rank.</remarks>
public sealed class ExpertLinear(WeightSource source, string key, int experts, long rows, long inputs) : IDisposable
{
    private readonly KernelPolicy _kernels = source.Kernels;

    /// <summary>The module that holds all experts.</summary>
    public string Module { get; } = key[..key.LastIndexOf('.')];

    /// <summary>The stacked tensor's checkpoint key, by which adapters name it.</summary>
    public string Key { get; } = key;

    /// <summary>(E, out, in)</summary>
    public Parameter Weight { get; } = source.Make(key, [experts, rows, inputs]);

    public LoraPair? Lora { get; set; }

    public bool Trainable => Weight.Trainable || Lora is { Trainable: true };

    /// <summary>Whether all its products, those of an adapter too, are grouped ones.</summary>
    public bool UsesGrouped => Supports(Weight) && (Lora is not { Enabled: true } || (Supports(Lora.A) && Supports(Lora.B)));

    /// <param name="x">(M, in)</param>
    /// <param name="groups">Whose rows are whose.</param>
    /// <param name="pass">Whether to save, and the dropout masks.</param>
    /// <returns>(M, out), and the adapter's inner product (M, r) where it is trained.</returns>
    public (Tensor Y, Tensor? U) Forward(Tensor x, ExpertGroups groups, Pass pass)
    {
        using var scope = new TensorScope();
        var y = GroupedProduct.Rows(x, Weight.Value.Transposed(), groups); // (M, out)
        if (Lora is not { Enabled: true })
            return (scope.Return(y), null);
        var u = GroupedProduct.Rows(ApplyDropout(x, pass.Dropout), Lora.A.Value.Transposed(), groups); // (M, r)
        y = GroupedProduct.AddRows(y, u, Lora.B.Value.Transposed(), groups, Lora.Scale);
        return (scope.Return(y), pass.Save && Lora.Trainable ? TensorScope.Keep(u) : null);
    }

    /// <param name="dY">(M, out)</param>
    /// <param name="x">(M, in), where anything is trained.</param>
    /// <param name="u">Of the forward.</param>
    /// <param name="groups">Of the forward.</param>
    /// <param name="dropout">Of the forward.</param>
    /// <returns>dX (M, in)</returns>
    public Tensor Backward(Tensor dY, Tensor? x, Tensor? u, ExpertGroups groups, DropoutMasks? dropout)
    {
        using var scope = new TensorScope();
        var dX = GroupedProduct.Rows(dY, Weight.Value, groups); // (M, in)
        if (Weight.Trainable)
            GroupedProduct.AccumulateOuter(Weight, dY, x!, groups);
        if (Lora is null)
            return scope.Return(dX);
        // The scale goes to the narrow side: r numbers a row instead of all of dY.
        var dU = GroupedProduct.Rows(dY, Lora.B.Value, groups, Lora.Scale); // (M, r)
        if (Lora.B.Trainable)
            GroupedProduct.AccumulateOuter(Lora.B, dY, Ops.Mul(u!, Lora.Scale), groups);
        if (Lora.A.Trainable)
            GroupedProduct.AccumulateOuter(Lora.A, dU, ApplyDropout(x!, dropout), groups);
        if (!AppliesDropout(dropout))
            return scope.Return(GroupedProduct.AddRows(dX, dU, Lora.A.Value, groups, 1));
        var through = GroupedProduct.Rows(dU, Lora.A.Value, groups); // (M, in)
        return scope.Return(Ops.Add(dX, ApplyDropout(through, dropout)));
    }

    public void Dispose()
    {
        Weight.Dispose();
        Lora?.Dispose();
    }

    private bool Supports(Parameter matrices) =>
        GroupedProduct.KernelFor(matrices.Value, matrices.Value.Size(1), matrices.Value.Size(2), 1, _kernels) != GroupedKernel.None;

    private bool AppliesDropout([NotNullWhen(true)] DropoutMasks? masks) => masks is not null && Lora!.Settings.Dropout != 0;

    private Tensor ApplyDropout(Tensor x, DropoutMasks? masks) =>
        AppliesDropout(masks) ? Ops.Mul(x, masks.Keep(x, Key, Lora!.Settings.Dropout)) : x;
}
