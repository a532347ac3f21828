using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

public sealed class LoraStackTests
{
    [Fact]
    public void ForwardAndBackward_FactorsInCommonTensors_EqualFactorsByThemselvesAndCentralDifferences()
    {
        var (joined, dropped) = (0, 0);
        Property.Holds(
            60,
            random =>
            {
                using var scope = new TensorScope();
                var (tokens, inputs) = (random.Between(1, 7), random.Between(1, 6));
                var source = TinyModels.Weights(random.Next());
                var parts = Enumerable.Range(0, random.Between(1, 4)).Select(i => ($"part{i}", (long)random.Between(1, 5))).ToArray();
                using var linear = new Linear(source, parts, inputs, bias: random.Flip());
                var adapted = linear.Parts.Where((_, i) => i == 0 || random.Next(3) > 0).ToList();
                var dropout = random.Next(3) == 0 ? 0.3 : 0;
                var sameScale = random.Next(4) > 0;
                var pairs = adapted
                    .Select(p => random.Between(1, 3))
                    .Select(
                        (rank, i) =>
                            TinyModels.Lora(
                                source,
                                adapted[i].Module,
                                adapted[i].Weight.Value.Sizes,
                                new LoraSettings(rank, sameScale ? 2 * rank : i + 1, dropout)
                            )
                    )
                    .ToList();
                var all = linear.Parameters.Concat(pairs.SelectMany(p => p.Parameters)).ToList();
                foreach (var parameter in all)
                    parameter.Trainable = random.Flip();
                var outputs = parts.Sum(p => p.Item2);
                var x = Tensor.From<double>(random.Doubles(tokens * inputs), [tokens, inputs], Device.Cpu);
                var dY = Tensor.From<double>(random.Doubles(tokens * outputs), [tokens, outputs], Device.Cpu);
                var masks = random.Flip() ? new DropoutMasks((ulong)random.Next(), random.Next(100)) : null;
                var needInput = random.Flip();

                foreach (var (part, pair) in adapted.Zip(pairs))
                    part.Lora.Add(0, pair);
                var alone = Run(all);
                var copies = pairs.Select(Copied).ToList();
                foreach (var part in adapted)
                    part.Lora.Detach(0);
                var factors = linear.Allocate(0, [.. adapted.Zip(pairs, (part, pair) => (part, pair.Settings))]);
                foreach (var ((part, pair), (a, b)) in adapted.Zip(copies).Zip(factors))
                    part.Lora.Add(0, Moved(pair, a, b));
                all = [.. linear.Parameters, .. adapted.SelectMany(p => p.Lora[0]!.Parameters)];
                var stacked = Run(all);
                Assert.Equal(alone.Count, stacked.Count);
                foreach (var (one, other) in alone.Zip(stacked))
                    Assert.Equal(one, other, (a, b) => Math.Abs(a - b) < 1e-12);
                new GradientCheck(random).One<Linear.Saved>(
                    x,
                    all,
                    pass => linear.Forward(x, pass),
                    (d, saved) => linear.Backward(d, saved, needInput),
                    masks
                );
                AssertZerosBetweenBlocks(linear);

                var joins =
                    adapted.Count > 1
                    && (sameScale || pairs.Select(p => p.Scale).Distinct().Count() == 1)
                    && 2 * adapted.Sum(p => p.Rows) >= outputs;
                Assert.Equal(joins, linear.Stack(0)!.B is not null);
                if (joins && (masks is null || dropout == 0))
                    joined++;
                if (joins && masks is not null && dropout > 0)
                    dropped++;
                AssertNoneIsOff(linear, x);

                // The output, dX and all gradients.
                List<double[]> Run(List<Parameter> parameters)
                {
                    if (!parameters.Exists(p => p.Trainable))
                        parameters[0].Trainable = true;
                    using var gradients = new GradientBuffer(parameters);
                    List<double[]> found = [];
                    // Twice: the second pass adds to the gradients of the first.
                    for (var pass = 0; pass < 2; pass++)
                    {
                        var (y, saved) = linear.Forward(x, new Pass(true, masks));
                        var dX = linear.Backward(dY, saved!, needInput);
                        found.AddRange([
                            y.ToDoubles(),
                            dX?.ToDoubles() ?? [],
                            .. gradients.Parameters.Select(p => p.Gradient!.ToDoubles()),
                        ]);
                    }
                    return found;
                }
            }
        );
        Assert.True(joined > 5 && dropped > 0, $"{joined} ran joined, {dropped} dropped inputs with joined factors");
    }

    [Fact]
    public void Forward_ThreePartsOfOneScale_AddsAllInOneProduct()
    {
        Assert.Equal(3, Calls([8, 8, 8])); // base, A and B
        Assert.Equal(5, Calls([8, 8, 16])); // other scales: a product a part
        Assert.Equal(5, Calls([512, 512, 512])); // the zeros would cost more than they save

        static long Calls(int[] ranks)
        {
            using var scope = new TensorScope();
            using var linear = new Linear(TinyModels.Weights(1), [("q", 6), ("k", 2), ("v", 2)], 4, bias: false);
            var adapters = linear.Parts.Zip(ranks, (p, r) => (p, new LoraSettings(r, r == 16 ? 8 : r))).ToList();
            foreach (var ((part, settings), (a, b)) in adapters.Zip(linear.Allocate(0, adapters)))
                part.Lora.Add(0, new LoraPair(part.Module, new Parameter("a", a), new Parameter("b", b), settings));
            var x = Tensor.Zeros([3, 4], DType.Float64, Device.Cpu);
            var before = Ops.Calls;
            linear.Forward(x, Pass.Inference);
            return Ops.Calls - before;
        }
    }

    [Fact]
    public void Allocate_AdaptersThere_IsRefusedUntilTheyAreDetached()
    {
        using var linear = new Linear(TinyModels.Weights(1), [("q", 6), ("k", 2)], 4, bias: false);
        var live = MemoryLedger.LiveBytes(DeviceType.Cpu);
        List<(LinearPart, LoraSettings)> adapters = [.. linear.Parts.Select(p => (p, new LoraSettings(2, 2)))];
        Attach();
        Assert.Throws<InvalidOperationException>(() => linear.Allocate(0, adapters));
        linear.Detach(0);
        Assert.Equal(live, MemoryLedger.LiveBytes(DeviceType.Cpu));
        Attach();

        void Attach()
        {
            foreach (var ((part, settings), (a, b)) in adapters.Zip(linear.Allocate(0, adapters)))
                part.Lora.Add(0, new LoraPair(part.Module, new Parameter("a", a), new Parameter("b", b), settings));
        }
    }

    private static LoraPair Copied(LoraPair pair) => new(pair.Module, Copied(pair.A), Copied(pair.B), pair.Settings);

    private static Parameter Copied(Parameter factor) => new(factor.Key, factor.Value.Clone()) { Trainable = factor.Trainable };

    private static LoraPair Moved(LoraPair pair, Tensor a, Tensor b)
    {
        var moved = new LoraPair(
            pair.Module,
            new Parameter(pair.A.Key, a.CopyFrom(pair.A.Value)) { Trainable = pair.A.Trainable },
            new Parameter(pair.B.Key, b.CopyFrom(pair.B.Value)) { Trainable = pair.B.Trainable },
            pair.Settings
        );
        pair.Dispose();
        return moved;
    }

    // Every number of the block-diagonal matrix belongs to a block or is zero.
    private static void AssertZerosBetweenBlocks(Linear linear)
    {
        if (linear.Stack(0)!.B is not { } b)
            return;
        var whole = b.ToDoubles();
        var inBlocks = linear.Parts.SelectMany(p => p.Lora).Sum(l => l.B.Value.ToDoubles().Count(v => v != 0));
        Assert.Equal(inBlocks, whole.Count(v => v != 0));
    }

    // A pass without adapters leaves their updates out, those alone.
    private static void AssertNoneIsOff(Linear linear, Tensor x)
    {
        var off = linear.Forward(x, Pass.Inference with { Adapters = AdapterSelection.None }).Y;
        var on = linear.Forward(x, Pass.Inference).Y;
        foreach (var part in linear.Parts.Where(p => p.Lora.Count > 0))
            Ops.Accumulate(part.Columns(off), Ops.Linear(x, part.Lora[0]!.Delta()));
        Assert.Equal(on.ToDoubles(), off.ToDoubles(), (a, b) => Math.Abs(a - b) < 1e-12);
    }
}
