using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>
/// A mixture of SwiGLU experts (Shazeer and others 2017). Tokens are sorted by expert, so that each projection is
/// one grouped product. A token's routing weight multiplies the experts' inner activations instead of their
/// outputs: the down projection is linear, so this is the same and touches fewer elements.
/// </summary>
/// <remarks>T tokens, H hidden, E experts, k chosen a token, M = T k rows, I intermediate.</remarks>
public sealed class ExpertFeedForward : IFeedForward
{
    private readonly int _experts;
    private readonly int _chosen;
    private readonly Tensor _chosenNumber; // no dimensions, int64: k
    private readonly Tensor _numbers; // (E) int64: 0 … E - 1

    public ExpertFeedForward(WeightSource source, TextConfig config, int layer)
    {
        _experts = config.Experts;
        _chosen = config.ExpertsPerToken;
        _chosenNumber = TensorScope.Keep(Tensor.From<long>([_chosen], [], source.Device));
        _numbers = TensorScope.Keep(Tensor.From([.. Enumerable.Range(0, _experts).Select(e => (long)e)], source.Device));
        Router = new Router(source, ModuleNames.Of(CheckpointKeys.Router, layer), _experts, config.HiddenSize, _chosen);
        GateUp = new ExpertLinear(source, CheckpointKeys.At(CheckpointKeys.ExpertsGateUp, layer), _experts, 2L * config.MoeIntermediateSize, config.HiddenSize);
        Down = new ExpertLinear(source, CheckpointKeys.At(CheckpointKeys.ExpertsDown, layer), _experts, config.HiddenSize, config.MoeIntermediateSize);
    }

    public Router Router { get; }

    public ExpertLinear GateUp { get; }

    public ExpertLinear Down { get; }

    public IEnumerable<Parameter> Parameters => [Router.Weight, GateUp.Weight, Down.Weight];

    public bool Trainable => Router.Weight.Trainable || GateUp.Trainable || Down.Trainable;

    /// <summary>What the backward reads; the sorted inputs and activations are made again from X and Inner.</summary>
    public sealed record Saved(
        Router.Saved Router, Tensor? X, Tensor Tokens, Tensor Inverse, Tensor Weights, ExpertGroups Groups,
        Tensor Inner, Tensor? GateUpU, Tensor? DownU, DropoutMasks? Dropout) : IDisposable
    {
        public void Dispose()
        {
            Router.Dispose();
            X?.Dispose();
            Tokens.Dispose();
            Inverse.Dispose();
            Weights.Dispose();
            Groups.Dispose();
            Inner.Dispose();
            GateUpU?.Dispose();
            DownU?.Dispose();
        }
    }

    public (Tensor Y, IDisposable? Saved) Forward(Tensor x, Pass pass)
    {
        using var scope = new TensorScope();
        var (experts, routed, savedRouter) = Router.Forward(x, pass.Save);
        var (sorted, order) = Ops.SortStable(experts.View(-1)); // (M) int64 each
        var tokens = Ops.FloorDiv(order, _chosenNumber); // (M)
        var (_, inverse) = Ops.SortStable(order); // (M)
        var groups = new ExpertGroups(Ops.CountNotLarger(sorted, _numbers));
        var weights = Ops.Rows(routed.View(-1, 1), order); // (M, 1)

        var xs = Ops.Rows(x, tokens); // (M, H)
        var (inner, gateUpU) = GateUp.Forward(xs, groups, pass); // (M, 2I)
        xs.Dispose();
        var h = Ops.Mul(SwiGlu.Forward(inner), weights); // (M, I)
        var (ys, downU) = Down.Forward(h, groups, pass); // (M, H)
        var y = Combine(ys, inverse); // (T, H)
        if (!pass.Save) return (scope.Return(y), null);
        TensorScope.Keep(groups.Offsets);
        return (scope.Return(y), new Saved(savedRouter!, GateUp.Trainable ? TensorScope.Keep(x.Alias()) : null,
            TensorScope.Keep(tokens), TensorScope.Keep(inverse), TensorScope.Keep(weights), groups,
            TensorScope.Keep(inner), gateUpU, downU, pass.Dropout));
    }

    public Tensor Backward(Tensor dY, IDisposable saved)
    {
        var s = (Saved)saved;
        using var scope = new TensorScope();
        var dYs = Ops.Rows(dY, s.Tokens); // (M, H)
        var h = SwiGlu.Forward(s.Inner); // (M, I)
        var dWeighted = Down.Backward(dYs, Down.Trainable ? Ops.Mul(h, s.Weights) : null, s.DownU, s.Groups, s.Dropout); // (M, I)
        dYs.Dispose();
        var dSorted = Ops.Sum(Ops.Mul(dWeighted, h), -1, keep: true); // (M, 1)
        var dRouted = Ops.Rows(dSorted, s.Inverse).View(-1, _chosen); // (T, k)
        h.Dispose();
        var dInner = SwiGlu.Backward(Ops.MulInPlace(dWeighted, s.Weights), s.Inner); // (M, 2I)
        dWeighted.Dispose();
        var xs = s.X is null ? null : Ops.Rows(s.X, s.Tokens); // (M, H)
        var dXs = GateUp.Backward(dInner, xs, s.GateUpU, s.Groups, s.Dropout); // (M, H)
        var dX = Ops.Add(Combine(dXs, s.Inverse), Router.Backward(dRouted, s.Router)); // (T, H)
        s.Dispose();
        return scope.Return(dX);
    }

    public void Dispose()
    {
        Router.Dispose();
        GateUp.Dispose();
        Down.Dispose();
        _chosenNumber.Dispose();
        _numbers.Dispose();
    }

    // Rows back in token order, the k rows of a token summed: (M, H) to (T, H).
    private Tensor Combine(Tensor ys, Tensor inverse)
    {
        using var scope = new TensorScope();
        return scope.Return(Ops.Sum(Ops.Rows(ys, inverse).View(-1, _chosen, ys.Size(1)), 1));
    }
}
