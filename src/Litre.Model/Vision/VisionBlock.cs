using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Vision;

/// <summary>One block of the vision tower: <c>h = x + attention(norm(x)); y = h + mlp(norm(h))</c>, the MLP with tanh-GELU.</summary>
/// <remarks>P patches, H hidden, I intermediate.</remarks>
public sealed class VisionBlock : IDisposable
{
    public VisionBlock(WeightSource source, VisionConfig config, VisionBlockKeys keys)
    {
        Norm1 = new LayerNorm(source, keys.Norm1, config.HiddenSize);
        Attention = new VisionAttention(source, config, keys);
        Norm2 = new LayerNorm(source, keys.Norm2, config.HiddenSize);
        Mlp = new GeluMlp(source, keys.First, keys.Second, config.HiddenSize, config.IntermediateSize, config.HiddenSize, tanh: true);
    }

    public LayerNorm Norm1 { get; }

    public VisionAttention Attention { get; }

    public LayerNorm Norm2 { get; }

    public GeluMlp Mlp { get; }

    public IEnumerable<Linear> Linears => [Attention.Qkv, Attention.Projection, .. Mlp.Linears];

    public IEnumerable<Parameter> Parameters => [.. Norm1.Parameters, .. Norm2.Parameters, .. Linears.SelectMany(l => l.Parameters)];

    public sealed record Saved(LayerNorm.Saved Norm1, VisionAttention.Saved Attention, LayerNorm.Saved Norm2, GeluMlp.Saved Mlp)
        : IDisposable
    {
        public void Dispose()
        {
            Norm1.Dispose();
            Attention.Dispose();
            Norm2.Dispose();
            Mlp.Dispose();
        }
    }

    /// <param name="stream">(P, H); freed here where something is left to add.</param>
    /// <param name="layout">Frames' boundaries.</param>
    /// <param name="rotary">The patches' rotation.</param>
    /// <param name="pass">Whether to save.</param>
    /// <returns>The stream added up, x (P, H), which is returned where nothing was left to add; and y, whose last addition is
    /// left.</returns>
    public (Tensor X, ResidualStream Y, Saved? Saved) Forward(ResidualStream stream, SequenceLayout layout, Rotary rotary, Pass pass)
    {
        using var scope = new TensorScope();
        var (x, normed, savedNorm1) = Norm1.AddForward(stream.X, stream.Delta, pass);
        if (stream.Delta is not null)
            stream.X.Dispose();
        var (attended, savedAttention) = Attention.Forward(normed, layout, rotary, pass);
        var (h, normed2, savedNorm2) = Norm2.AddForward(x, attended, pass);
        var (fed, savedMlp) = Mlp.Forward(normed2, pass);
        var y = new ResidualStream(scope.Return(h), scope.Return(fed));
        return (scope.Return(x), y, pass.Save ? new Saved(savedNorm1!, savedAttention!, savedNorm2!, savedMlp!) : null);
    }

    /// <param name="dY">(P, H)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <param name="rotary">The forward pass's rotary.</param>
    public Tensor Backward(Tensor dY, Saved saved, Rotary rotary)
    {
        using var scope = new TensorScope();
        var dH = Ops.Add(dY, Norm2.Backward(Mlp.Backward(dY, saved.Mlp), saved.Norm2));
        var dX = Norm1.Backward(Attention.Backward(dH, saved.Attention, rotary), saved.Norm1);
        return scope.Return(Ops.Add(dH, dX));
    }

    public void Dispose()
    {
        Norm1.Dispose();
        Attention.Dispose();
        Norm2.Dispose();
        Mlp.Dispose();
    }
}
