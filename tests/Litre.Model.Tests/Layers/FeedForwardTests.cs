using Litre.Kernels;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

public sealed class FeedForwardTests
{
    [Fact]
    public void DenseBackward_AdaptersDropoutAndFrozenSubsets_EqualsCentralDifferences() =>
        Property.Holds(
            20,
            random =>
            {
                var config = TinyModels.Config().Text with { HiddenSize = random.Between(1, 8), IntermediateSize = random.Between(1, 8) };
                var source = TinyModels.Weights(random.Next());
                using var layer = new DenseFeedForward(source, config, TinyModels.LayerKeys());
                var all = layer.Parameters.ToList();
                foreach (var part in layer.GateUp.Parts.Concat(layer.Down.Parts).Where(_ => random.Flip()))
                    all.AddRange(TinyModels.Adapt(part, source, new LoraSettings(2, 4, 0.25)).Parameters);
                Check(random, layer, config, all);
            }
        );

    [Fact]
    public void ExpertsBackward_AdaptersDropoutAndFrozenSubsets_EqualsCentralDifferences() =>
        Property.Holds(
            20,
            random =>
            {
                // Up to 12 experts for up to 6 tokens of two: some get nothing.
                var config = TinyModels.Config(random.Between(2, 12)).Text with
                {
                    HiddenSize = random.Between(2, 8),
                    MoeIntermediateSize = random.Between(1, 6),
                };
                var source = TinyModels.Weights(random.Next());
                using var layer = new ExpertFeedForward(source, config, TinyModels.LayerKeys());
                var all = layer.Parameters.ToList();
                foreach (var linear in new[] { layer.GateUp, layer.Down }.Where(_ => random.Flip()))
                    all.AddRange(TinyModels.Adapt(linear, source, new LoraSettings(2, 4, random.Flip() ? 0.25 : 0)).Parameters);
                Check(random, layer, config, all);
            }
        );

    [Fact]
    public void ExpertsForward_RandomTokens_EqualsEachTokenByItsExperts()
    {
        var config = TinyModels.Config(5).Text;
        using var layer = new ExpertFeedForward(TinyModels.Weights(4), config, TinyModels.LayerKeys());
        using var scope = new TensorScope();
        var x = Tensor.From<double>(new Random(5).Doubles(7 * config.HiddenSize), [7, config.HiddenSize], Device.Cpu);
        var (experts, weights, _) = layer.Router.Forward(x, save: false);
        var (chosen, shares) = (experts.ToArray<long>(), weights.ToDoubles());
        var residual = Tensor.From<double>(new Random(6).Doubles(7 * config.HiddenSize), [7, config.HiddenSize], Device.Cpu);
        var found = layer.Forward(x, residual, Pass.Inference).Y.ToDoubles();
        for (var t = 0; t < 7; t++)
        {
            var expected = residual.Slice(0, t, 1).ToDoubles();
            for (var c = 0; c < 2; c++)
            {
                var e = chosen[t * 2 + c];
                var gateUp = layer.GateUp.Weight.Value.Slice(0, e, 1).View(2 * config.MoeIntermediateSize, config.HiddenSize);
                var down = layer.Down.Weight.Value.Slice(0, e, 1).View(config.HiddenSize, config.MoeIntermediateSize);
                var y = Ops.Linear(SwiGlu.Forward(Ops.Linear(x.Slice(0, t, 1), gateUp), null, new KernelPolicy()), down).ToDoubles();
                for (var i = 0; i < y.Length; i++)
                    expected[i] += shares[t * 2 + c] * y[i];
            }
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], found[t * config.HiddenSize + i], 1e-12);
        }
    }

    [Fact]
    public void RouterBackward_RandomShapes_EqualsCentralDifferences() =>
        Property.Holds(
            25,
            random =>
            {
                var (tokens, experts, hidden) = (random.Between(1, 6), random.Between(2, 9), random.Between(1, 6));
                var chosen = random.Between(1, experts);
                using var router = new Router(TinyModels.Weights(random.Next()), "gate", experts, hidden, chosen);
                router.Weight.Trainable = random.Flip();
                using var x = Tensor.From<double>(random.Doubles(tokens * hidden), [tokens, hidden], Device.Cpu);
                new GradientCheck(random).One<Router.Saved>(
                    x,
                    [router.Weight],
                    pass =>
                    {
                        var (_, weights, saved) = router.Forward(x, pass.Save);
                        return (weights, saved);
                    },
                    (dWeights, saved) => router.Backward(dWeights, saved)
                );
            }
        );

    [Fact]
    public void ExpertLinearBackward_ExpertsWithoutRows_EqualsCentralDifferences() =>
        Property.Holds(
            25,
            random =>
            {
                var (experts, rows, inputs) = (random.Between(1, 5), random.Between(1, 5), random.Between(1, 5));
                var source = TinyModels.Weights(random.Next());
                using var linear = new ExpertLinear(source, "experts.gate_up_proj", experts, rows, inputs);
                var all = new List<Parameter> { linear.Weight };
                if (random.Flip())
                    all.AddRange(TinyModels.Adapt(linear, source, new LoraSettings(2, 4, 0.3)).Parameters);
                foreach (var parameter in all)
                    parameter.Trainable = random.Flip();
                var ends = new int[experts];
                var total = 0;
                for (var e = 0; e < experts; e++)
                    ends[e] = total += random.Flip() ? 0 : random.Between(1, 3);
                using var groups = new ExpertGroups(Tensor.From(ends, Device.Cpu), new KernelPolicy());
                ExpertAdapterRows[] adapters = [new(0, null, groups)];
                using var x = Tensor.From<double>(random.Doubles(total * inputs), [total, inputs], Device.Cpu);
                using var tokens = Tensor.From<long>([.. Enumerable.Range(0, total).Select(t => (long)t)], Device.Cpu);
                new GradientCheck(random).Many(
                    [x],
                    all,
                    pass =>
                    {
                        var (y, u) = linear.Forward(x, groups, tokens, adapters, pass);
                        return (
                            [y],
                            dY =>
                            {
                                var dX = linear.Backward(dY[0], x, u, groups, adapters, pass.Dropout);
                                u[0]?.Dispose();
                                return [dX];
                            }
                        );
                    },
                    new DropoutMasks(11, 3)
                );
            }
        );

    private static void Check(Random random, IFeedForward layer, TextConfig config, List<Parameter> all)
    {
        foreach (var parameter in all)
            parameter.Trainable = random.Flip();
        var tokens = random.Between(1, 6);
        using var x = Tensor.From<double>(random.Doubles(tokens * config.HiddenSize), [tokens, config.HiddenSize], Device.Cpu);
        using var residual = Tensor.From<double>(random.Doubles(x.Count), x.Sizes, Device.Cpu);
        new GradientCheck(random).One<IDisposable>(
            x,
            all,
            pass => layer.Forward(x, residual, pass),
            layer.Backward,
            new DropoutMasks(5, 2)
        );
    }
}
