using Litre.Kernels;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>
/// A mixture of SwiGLU experts (Shazeer and others 2017). Tokens are sorted by expert, so that each projection is one grouped product.
/// A token's routing weight multiplies the experts' inner activations instead of their outputs: the down projection is linear, so this
/// is the same and touches fewer elements.
/// </summary>
/// <remarks>T tokens, H hidden, E experts, k chosen per token, M = T k rows, I intermediate.</remarks>
public sealed class ExpertFeedForward : IFeedForward
{
    private readonly int _experts;
    private readonly int _chosen;
    private readonly KernelPolicy _kernels;

    public ExpertFeedForward(WeightSource source, TextConfig config, DecoderLayerKeys keys)
    {
        _kernels = source.Kernels;
        _experts = config.Experts;
        _chosen = config.ExpertsPerToken;
        Router = new Router(source, ModuleNames.Of(keys.Router), _experts, config.HiddenSize, _chosen);
        GateUp = new ExpertLinear(source, keys.ExpertsGateUp, _experts, 2L * config.MoeIntermediateSize, config.HiddenSize);
        Down = new ExpertLinear(source, keys.ExpertsDown, _experts, config.HiddenSize, config.MoeIntermediateSize);
    }

    public Router Router { get; }

    public ExpertLinear GateUp { get; }

    public ExpertLinear Down { get; }

    public IEnumerable<Parameter> Parameters => [Router.Weight, GateUp.Weight, Down.Weight];

    public IEnumerable<Linear> Linears => [];

    public IEnumerable<ExpertLinear> ExpertLinears => [GateUp, Down];

    public bool Trainable => Router.Weight.Trainable || GateUp.Trainable || Down.Trainable;

    // The plain sort uses a list of all experts from the host, and an observer of the choices may read them there.
    public bool StaysOnDevice(AdapterSelection adapters) =>
        Router is { Observer: null, Pinned: null }
        && KernelOps.HasRoutingKernels(_experts, _chosen)
        && ExpertSort.Kernel.Supports(Router.Weight.Value, _kernels)
        && GateUp.UsesGrouped(adapters)
        && Down.UsesGrouped(adapters);

    /// <summary>What the backward pass reads; the sorted inputs and activations are recomputed from X and Inner.</summary>
    public sealed record Saved(
        Router.Saved Router,
        Tensor? X,
        Tensor Tokens,
        Tensor Inverse,
        Tensor Weights,
        ExpertGroups Groups,
        IReadOnlyList<ExpertAdapterRows> Adapters,
        Tensor Inner,
        IReadOnlyList<Tensor?> GateUpU,
        IReadOnlyList<Tensor?> DownU,
        DropoutMasks? Dropout
    ) : IDisposable
    {
        public void Dispose()
        {
            Router.Dispose();
            X?.Dispose();
            Tokens.Dispose();
            Inverse.Dispose();
            Weights.Dispose();
            Groups.Dispose();
            foreach (var rows in Adapters)
                rows.Dispose();
            Inner.Dispose();
            foreach (var u in GateUpU.Concat(DownU))
                u?.Dispose();
        }
    }

    public (Tensor Y, IDisposable? Saved) Forward(Tensor x, Tensor residual, Pass pass)
    {
        using var part = OperatorProfile.Label(ModelPart.Experts);
        using var scope = new TensorScope();
        var (experts, routed, savedRouter) = Router.Forward(x, pass.Save);
        var (tokens, inverse, weights, groups) = ExpertSort.Forward(experts, routed, _experts, _kernels); // (M), (M), (M, 1)
        var adapters = ExpertAdapterRows.Of(pass.Adapters.Rows.Where(r => IsAdapted(r.Slot)), inverse, _chosen, groups);
        var xs = TokenSpread.Forward(x, tokens, inverse, _chosen, _kernels); // (M, H)
        var (inner, gateUpU) = GateUp.Forward(xs, groups, tokens, adapters, pass); // (M, 2I)
        xs.Dispose();
        var h = SwiGlu.Forward(inner, weights, _kernels); // (M, I)
        var (ys, downU) = Down.Forward(h, groups, tokens, adapters, pass); // (M, H)
        var y = TokenCombine.Forward(ys, inverse, _chosen, residual, _kernels); // (T, H)
        if (!pass.Save)
            return (scope.Return(y), null);
        TensorScope.Keep(groups.Offsets);
        foreach (var rows in adapters)
            rows.Keep();
        return (
            scope.Return(y),
            new Saved(
                savedRouter!,
                GateUp.Trainable ? TensorScope.Keep(x.Alias()) : null,
                TensorScope.Keep(tokens),
                TensorScope.Keep(inverse),
                TensorScope.Keep(weights),
                groups,
                adapters,
                TensorScope.Keep(inner),
                gateUpU,
                downU,
                pass.Dropout
            )
        );
    }

    public Tensor Backward(Tensor dY, IDisposable saved)
    {
        using var part = OperatorProfile.Label(ModelPart.Experts);
        var s = (Saved)saved;
        using var scope = new TensorScope();
        var dYs = TokenSpread.Forward(dY, s.Tokens, s.Inverse, _chosen, _kernels); // (M, H)
        var h = Down.Trainable ? SwiGlu.Forward(s.Inner, s.Weights, _kernels) : null; // (M, I)
        var dWeighted = Down.Backward(dYs, h, s.DownU, s.Groups, s.Adapters, s.Dropout); // (M, I)
        dYs.Dispose();
        h?.Dispose();
        var (dInner, dSorted) = SwiGlu.Backward(dWeighted, s.Inner, s.Weights, _kernels); // (M, 2I), (M, 1)
        dWeighted.Dispose();
        var xs = s.X is null ? null : TokenSpread.Forward(s.X, s.Tokens, s.Inverse, _chosen, _kernels); // (M, H)
        var dXs = GateUp.Backward(dInner, xs, s.GateUpU, s.Groups, s.Adapters, s.Dropout); // (M, H)
        dInner.Dispose();
        xs?.Dispose();
        var dX = TokenCombine.Forward(dXs, s.Inverse, _chosen, Router.Backward(dSorted!, s.Router, s.Inverse), _kernels); // (T, H)
        s.Dispose();
        return scope.Return(dX);
    }

    public void Dispose()
    {
        Router.Dispose();
        GateUp.Dispose();
        Down.Dispose();
    }

    private bool IsAdapted(int slot) => GateUp.Lora[slot] is not null || Down.Lora[slot] is not null;
}
