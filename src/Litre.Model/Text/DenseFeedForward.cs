using Litre.Kernels;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>SwiGLU (Shazeer 2020): <c>down(silu(gate(x)) · up(x))</c>.</summary>
/// <remarks>T tokens, H hidden, I intermediate.</remarks>
public sealed class DenseFeedForward : IFeedForward
{
    private readonly KernelPolicy _kernels;

    public DenseFeedForward(WeightSource source, TextConfig config, DecoderLayerKeys keys)
    {
        _kernels = source.Kernels;
        GateUp = new Linear(
            source,
            [(ModuleNames.Of(keys.Gate), config.IntermediateSize), (ModuleNames.Of(keys.Up), config.IntermediateSize)],
            config.HiddenSize,
            bias: false
        );
        Down = new Linear(source, ModuleNames.Of(keys.Down), config.HiddenSize, config.IntermediateSize, bias: false);
    }

    public Linear GateUp { get; }

    public Linear Down { get; }

    public IEnumerable<Parameter> Parameters => [.. GateUp.Parameters, .. Down.Parameters];

    public IEnumerable<Linear> Linears => [GateUp, Down];

    public IEnumerable<ExpertLinear> ExpertLinears => [];

    public bool Trainable => GateUp.Trainable || Down.Trainable;

    public bool StaysOnDevice(AdapterSelection adapters) => true;

    public sealed record Saved(Linear.Saved GateUp, Tensor Inner, Linear.Saved Down) : IDisposable
    {
        public void Dispose()
        {
            GateUp.Dispose();
            Inner.Dispose();
            Down.Dispose();
        }
    }

    public (Tensor Y, IDisposable? Saved) Forward(Tensor x, Tensor residual, Pass pass)
    {
        using var part = OperatorProfile.Label(ModelPart.FeedForward);
        using var scope = new TensorScope();
        var (inner, savedGateUp) = GateUp.Forward(x, pass); // (T, 2I)
        var h = SwiGlu.Forward(inner, null, _kernels); // (T, I)
        var (fed, savedDown) = Down.Forward(h, pass); // (T, H)
        h.Dispose();
        var saved = pass.Save ? new Saved(savedGateUp!, TensorScope.Keep(inner), savedDown!) : null;
        if (saved is null)
            inner.Dispose();
        return (scope.Return(Ops.Add(residual, fed)), saved);
    }

    public Tensor Backward(Tensor dY, IDisposable saved)
    {
        using var part = OperatorProfile.Label(ModelPart.FeedForward);
        var s = (Saved)saved;
        using var scope = new TensorScope();
        var dH = Down.Backward(dY, s.Down)!; // (T, I)
        var (dInner, _) = SwiGlu.Backward(dH, s.Inner, null, _kernels); // (T, 2I)
        dH.Dispose();
        var dX = GateUp.Backward(dInner, s.GateUp)!;
        s.Dispose();
        return scope.Return(dX);
    }

    public void Dispose()
    {
        GateUp.Dispose();
        Down.Dispose();
    }
}
