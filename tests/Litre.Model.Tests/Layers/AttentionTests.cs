using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;
using Litre.Torch.Loading;
using Shared;

namespace Litre.Model.Tests.Layers;

public sealed class AttentionTests
{
    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, true, true)]
    public void KernelBackward_PackedSequencesAndGroupedHeads_EqualsCentralDifferences(bool plain, bool causal, bool prefixes) =>
        Property.Holds(
            12,
            random =>
            {
                var kernels = Policy(plain);
                var (lengths, keyHeads, width) = (Lengths(random), random.Between(1, 3), random.Between(1, 4) * 2);
                var heads = keyHeads * random.Between(1, 3);
                var tokens = lengths.Sum();
                using var layout = prefixes ? Continued(random, lengths) : new SequenceLayout(lengths, Device.Cpu);
                using var q = Heads(heads);
                using var k = Heads(keyHeads);
                using var v = Heads(keyHeads);
                new GradientCheck(random).Many(
                    [q, k, v],
                    [],
                    pass =>
                    {
                        var (y, saved) = AttentionKernel.Forward(q, k, v, layout, causal, pass, kernels);
                        return (
                            [y],
                            dY =>
                            {
                                var (dQ, dK, dV) = AttentionKernel.Backward(dY[0], saved!);
                                return [dQ, dK, dV];
                            }
                        );
                    }
                );

                Tensor Heads(int count) => Tensor.From<double>(random.Doubles(tokens * count * width), [tokens, count, width], Device.Cpu);
            }
        );

    [Fact]
    public void KernelForward_PlainAndFlash_Agree() =>
        Property.Holds(
            20,
            random =>
            {
                using var scope = new TensorScope();
                var lengths = Lengths(random);
                using var layout = new SequenceLayout(lengths, Device.Cpu);
                // Parts of one fused product, as the layers pass them: strided, the last dimension dense.
                var fused = Tensor.From<double>(random.Doubles(lengths.Sum() * 8 * 6), [lengths.Sum(), 8, 6], Device.Cpu);
                var (q, k, v) = (fused.Slice(1, 0, 4), fused.Slice(1, 4, 2), fused.Slice(1, 6, 2));
                var causal = random.Flip();
                var flash = AttentionKernel.Forward(q, k, v, layout, causal, Pass.Inference, new KernelPolicy()).Y;
                var kernels = Policy(true);
                var plain = AttentionKernel.Forward(q, k, v, layout, causal, Pass.Inference, kernels).Y;
                Assert.All(flash.ToDoubles().Zip(plain.ToDoubles()), pair => Assert.Equal(pair.First, pair.Second, 1e-10));
            }
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void KernelForward_SequencesAfterAnother_EqualsWholeSequences(bool plain) =>
        Property.Holds(
            20,
            random =>
            {
                var kernels = Policy(plain);
                using var scope = new TensorScope();
                int[] lengths = [random.Between(1, 6), random.Between(1, 4), random.Between(1, 4)];
                var rows = Tensor.From<double>(random.Doubles(lengths.Sum() * 8 * 6), [lengths.Sum(), 8, 6], Device.Cpu);
                using var layout = SequenceLayout.WithPrefixes(lengths, [-1, 0, 0], Device.Cpu);
                var together = Run(rows, layout).ToDoubles();
                for (var s = 1; s < lengths.Length; s++)
                {
                    var own = rows.Slice(0, layout.Start(s), lengths[s]);
                    using var whole = new SequenceLayout([lengths[0] + lengths[s]], Device.Cpu);
                    var alone = Run(Ops.Concat([rows.Slice(0, 0, lengths[0]), own], 0), whole).ToDoubles();
                    Assert.Equal(alone.Length, (lengths[0] + lengths[s]) * 24);
                    Assert.Equal(alone[..(lengths[0] * 24)], together[..(lengths[0] * 24)], (a, b) => Math.Abs(a - b) < 1e-10);
                    Assert.Equal(
                        alone[(lengths[0] * 24)..],
                        together.AsSpan(layout.Start(s) * 24, lengths[s] * 24).ToArray(),
                        (a, b) => Math.Abs(a - b) < 1e-10
                    );
                }

                Tensor Run(Tensor x, SequenceLayout sequences) =>
                    AttentionKernel
                        .Forward(x.Slice(1, 0, 4), x.Slice(1, 4, 2), x.Slice(1, 6, 2), sequences, causal: true, Pass.Inference, kernels)
                        .Y;
            }
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void KernelForward_LastTokensOverACache_EqualsTheWhole(bool plain) =>
        Property.Holds(
            20,
            random =>
            {
                var kernels = Policy(plain);
                Assert.Equal(0, CacheError(random, 6, DType.Float64, Device.Cpu, kernels), 1e-10);
            }
        );

    // Varlen flash attention, which counts the keys in use.
    [Fact]
    public void KernelForward_LastTokensOverACacheOnCuda_EqualsTheWhole()
    {
        Assert.SkipWhen(CudaDriver.DeviceCount == 0 || !Libtorch.Load().HasCuda, "no GPU with a libtorch for CUDA is here");
        Property.Holds(10, random => Assert.InRange(CacheError(random, 64, DType.BFloat16, Device.Cuda()), 0, 1e-2));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TextAttentionBackward_AdaptersDropoutAndFrozenSubsets_EqualsCentralDifferences(bool plain) =>
        Property.Holds(
            10,
            random =>
            {
                var kernels = Policy(plain);
                var config = TinyModels.Config().Text;
                var source = TinyModels.Weights(random.Next(), kernels: kernels.Options);
                using var attention = new TextAttention(source, config, TinyModels.LayerKeys());
                var all = attention.Parameters.ToList();
                foreach (var part in attention.Linears.SelectMany(l => l.Parts).Where(_ => random.Flip()))
                    all.AddRange(TinyModels.Adapt(part, source, new LoraSettings(2, 4, 0.2)).Parameters);
                foreach (var parameter in all)
                    parameter.Trainable = random.Flip();
                var lengths = Lengths(random);
                var tokens = lengths.Sum();
                using var layout = new SequenceLayout(lengths, Device.Cpu);
                var angles = random.Doubles(tokens * config.HeadDim / 2).Select(a => (float)a * 9).ToArray();
                using var rotary = new Rotary(angles, tokens, DType.Float64, Device.Cpu);
                using var x = Tensor.From<double>(random.Doubles(tokens * config.HiddenSize), [tokens, config.HiddenSize], Device.Cpu);
                var needInput = random.Next(4) > 0;
                new GradientCheck(random).One<IDisposable>(
                    x,
                    all,
                    pass => attention.Forward(x, layout, rotary, pass),
                    (dY, saved) => attention.Backward(dY, saved, rotary, needInput),
                    new DropoutMasks(7, 1)
                );
            }
        );

    // How far the last tokens of some sequences, over all keys in rows with room behind them, are from the same tokens of whole sequences.
    private static double CacheError(Random random, int width, DType dtype, Device device, KernelPolicy? kernels = null)
    {
        kernels ??= new KernelPolicy();
        using var scope = new TensorScope();
        var lengths = Lengths(random).Select(l => l * random.Between(1, 40)).ToArray();
        var last = lengths.Select(l => random.Between(1, l)).ToArray();
        var capacity = lengths.Max() + random.Between(0, 9);
        using var whole = new SequenceLayout(lengths, device);
        using var ends = new SequenceLayout(last, device);
        using var keys = new SequenceLayout([.. lengths.Select((_, s) => s * capacity)], lengths, device);
        var x = Tensor.From<double>(random.Doubles(lengths.Sum() * 8 * width), [lengths.Sum(), 8, width], Device.Cpu).To(dtype).To(device);
        var (q, k, v) = (x.Slice(1, 0, 4), x.Slice(1, 4, 2), x.Slice(1, 6, 2));
        var expected = AttentionKernel.Forward(q, k, v, whole, causal: true, Pass.Inference, kernels).Y;
        var (allK, allV) = (Rows(k), Rows(v));
        Tensor[] asked = [.. last.Select((l, s) => q.Slice(0, whole.Start(s) + lengths[s] - l, l))];
        Tensor[] rows = [.. last.Select((l, s) => expected.Slice(0, whole.Start(s) + lengths[s] - l, l))];
        var found = AttentionKernel.Forward(Ops.Concat(asked, 0), allK, allV, ends, causal: true, Pass.Inference, kernels, keys).Y;
        return FusedOperation.ErrorOf(found, Ops.Concat(rows, 0));

        // What is behind a sequence must not count.
        Tensor Rows(Tensor part)
        {
            var cache = Tensor.Full([lengths.Length * capacity, 2, width], 100, dtype, device);
            for (var s = 0; s < lengths.Length; s++)
                cache.Slice(0, s * capacity, lengths[s]).CopyFrom(part.Slice(0, whole.Start(s), lengths[s]));
            return cache;
        }
    }

    private static KernelPolicy Policy(bool plain) =>
        new(plain ? KernelOptions.Default with { UsesFusedAttention = false } : KernelOptions.Default);

    // Each sequence but the first stands alone, or goes on after the first.
    private static SequenceLayout Continued(Random random, int[] lengths) =>
        SequenceLayout.WithPrefixes(lengths, [.. lengths.Select((_, i) => i > 0 && random.Next(4) > 0 ? 0 : -1)], Device.Cpu);

    private static int[] Lengths(Random random)
    {
        var lengths = Enumerable.Range(0, random.Between(1, 4)).Select(_ => random.Between(1, 5)).ToArray();
        lengths[random.Next(lengths.Length)] = 1;
        return lengths;
    }
}
