using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// The two factors of a low-rank update ΔW = Scale · B A (Hu and others 2021) of one module, or of one tensor of stacked experts, where
/// both factors have the expert as their first dimension.
/// </summary>
/// <param name="module">The module's name in the model, such as <c>model.visual.blocks.0.attn.qkv</c>.</param>
/// <param name="a">(r, in), or (E, r, in).</param>
/// <param name="b">(out, r), a block of a larger matrix where parts of a fused linear share one; or (E, out, r).</param>
/// <param name="settings">Rank, scale and dropout.</param>
public sealed class LoraPair(string module, Parameter a, Parameter b, LoraSettings settings) : IDisposable
{
    public string Module { get; } = module;

    public Parameter A { get; } = a;

    public Parameter B { get; } = b;

    public LoraSettings Settings { get; } = settings;

    public int Rank => Settings.Rank;

    public double Scale => Settings.Scale;

    public IEnumerable<Parameter> Parameters => [A, B];

    /// <summary>Bytes of both factors.</summary>
    public long Bytes => A.Value.Bytes + B.Value.Bytes;

    /// <summary>True if a backward pass has gradients to compute here.</summary>
    public bool Trainable => A.Trainable || B.Trainable;

    /// <summary>The update Scale · B A in the accumulation type: (out, in), or (E, out, in).</summary>
    public Tensor Delta()
    {
        using var scope = new TensorScope();
        var a = A.Value.To(A.Value.DType.Accumulate());
        var b = B.Value.To(B.Value.DType.Accumulate());
        var product = a.Rank == 2 ? Ops.MatMul(b, a) : Ops.BatchMatMul(b, a);
        return scope.Return(Ops.Mul(product, Scale));
    }

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
    }
}

/// <summary>Scale settings of one low-rank update.</summary>
/// <param name="Rank">Inner size, at least 1.</param>
/// <param name="Alpha">Numerator of the scale.</param>
/// <param name="Dropout">Share of the input's elements that are zeroed while training, 0 ≤ p &lt; 1.</param>
/// <param name="RankStabilized">Divide by the rank's square root (Kalajdzievski 2023) instead of the rank.</param>
public sealed record LoraSettings(int Rank, double Alpha, double Dropout = 0, bool RankStabilized = false)
{
    public double Scale => Alpha / (RankStabilized ? Math.Sqrt(Rank) : Rank);
}
