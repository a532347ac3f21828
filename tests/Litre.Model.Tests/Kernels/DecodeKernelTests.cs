using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

public sealed class DecodeKernelTests
{
    // Heads that share none, some and more than a block's keys; one span, several, and long ones.
    [Theory]
    [InlineData(1, 1, 16, 20)]
    [InlineData(4, 2, 16, 128)]
    [InlineData(8, 2, 64, 129)]
    [InlineData(8, 1, 128, 400)]
    [InlineData(16, 1, 16, 300)]
    [InlineData(4, 2, 64, 4100)]
    public void AttendCache_RandomLengths_AttendsToWhatEachSequenceUses(int heads, int keyHeads, int width, int capacity) =>
        KernelEmulator.Holds(
            2,
            (random, emulator) =>
            {
                int[] lengths = [.. Enumerable.Range(0, random.Between(1, 3)).Select(i => i == 0 ? capacity : random.Between(1, capacity))];
                var scale = 1 / Math.Sqrt(width);
                int[] starts = [.. Enumerable.Range(0, lengths.Length + 1).Select(s => s * capacity)];
                // As the model has them: heads of one row within a longer one.
                var rotated = Bf16Values.Random(random, lengths.Length, heads + keyHeads, width);
                var qkv = Bf16Values.Random(random, lengths.Length, heads + 2 * keyHeads, width);
                var (q, k, v) = (
                    rotated.Tensor.Slice(1, 0, heads),
                    rotated.Tensor.Slice(1, heads, keyHeads),
                    qkv.Tensor.Slice(1, heads + keyHeads, keyHeads)
                );
                var (keys, values) = (
                    Bf16Values.Random(random, lengths.Length * capacity, keyHeads, width),
                    Bf16Values.Random(random, lengths.Length * capacity, keyHeads, width)
                );
                var (startsHere, used) = (Tensor.From(starts, Device.Cpu), Tensor.From(lengths, Device.Cpu));
                var found = emulator.Run(() =>
                {
                    var (allKeys, allValues) = (keys.Tensor.Clone(), values.Tensor.Clone());
                    return [KernelOps.AttendCache(q, k, v, allKeys, allValues, startsHere, used, capacity, scale), allKeys, allValues];
                });
                // The new tokens lie in the last rows that are used, and nothing else has changed.
                var (wantedKeys, wantedValues) = ((double[])keys.Values.Clone(), (double[])values.Values.Clone());
                for (var s = 0; s < lengths.Length; s++)
                {
                    for (var i = 0; i < keyHeads * width; i++)
                    {
                        var at = (starts[s] + lengths[s] - 1) * keyHeads * width + i;
                        wantedKeys[at] = rotated[(s * (heads + keyHeads) + heads) * width + i];
                        wantedValues[at] = qkv[(s * (heads + 2 * keyHeads) + heads + keyHeads) * width + i];
                    }
                }
                Assert.Equal(wantedKeys, found[1].ToDoubles());
                Assert.Equal(wantedValues, found[2].ToDoubles());
                var (expected, sizes) = (new double[lengths.Length * heads * width], new double[lengths.Length * heads * width]);
                for (var s = 0; s < lengths.Length; s++)
                {
                    for (var h = 0; h < heads; h++)
                    {
                        var scores = new double[lengths[s]];
                        for (var t = 0; t < scores.Length; t++)
                        {
                            for (var d = 0; d < width; d++)
                                scores[t] += scale * rotated[(s * (heads + keyHeads) + h) * width + d] * wantedKeys[At(s, t, h) + d];
                        }
                        var top = scores.Max();
                        var sum = scores.Sum(score => Math.Exp(score - top));
                        for (var t = 0; t < scores.Length; t++)
                        {
                            for (var d = 0; d < width; d++)
                            {
                                var share = Math.Exp(scores[t] - top) / sum * wantedValues[At(s, t, h) + d];
                                expected[(s * heads + h) * width + d] += share;
                                sizes[(s * heads + h) * width + d] += Math.Abs(share) * (1 + Math.Abs(scores[t]) + Math.Abs(top));
                            }
                        }
                    }
                }
                Bf16Values.Near(expected, found[0], i => sizes[i]);

                int At(int sequence, int token, int head) => ((starts[sequence] + token) * keyHeads + head / (heads / keyHeads)) * width;
            }
        );

    [Fact]
    public void Check_Emulated_Passes()
    {
        using var emulator = KernelEmulator.Open();
        Assert.InRange(DecodeAttention.Kernel.Check(Device.Cpu), 0, FusedOperation.Tolerance);
        Assert.Contains("attend_join_128", emulator.Started);
    }

    [Theory]
    [InlineData(32, 4, 128, true)]
    [InlineData(64, 4, 128, true)] // 16 that share a key head
    [InlineData(16, 16, 64, true)]
    [InlineData(12, 4, 128, false)] // 3
    [InlineData(12, 8, 128, false)]
    [InlineData(8, 2, 80, false)]
    public void HasAttendKernel_EveryShape_DependsOnTheHeads(long heads, long keyHeads, long width, bool expected) =>
        Assert.Equal(expected, KernelOps.HasAttendKernel(heads, keyHeads, width));

    [Fact]
    public void Takes_SeveralTokensASequenceOrNoCache_Not()
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        var (q, k) = (Tensor.Zeros([2, 8, 64], DType.BFloat16, Device.Cpu), Tensor.Zeros([2, 2, 64], DType.BFloat16, Device.Cpu));
        using var one = new SequenceLayout([1, 1], Device.Cpu);
        using var two = new SequenceLayout([2], Device.Cpu);
        using var cache = SequenceLayout.Growing([0, 10], [3, 4], 10, Device.Cpu);
        Assert.True(DecodeAttention.Supports(q, k, one, cache, new KernelPolicy()));
        Assert.False(DecodeAttention.Supports(q, k, two, cache, new KernelPolicy()));
        Assert.False(DecodeAttention.Supports(q, k, one, one, new KernelPolicy()));
        Assert.False(DecodeAttention.Supports(q.To(DType.Float32), k, one, cache, new KernelPolicy()));
    }

    // Two starts where there are several spans, and the parts between them as memory.
    [Theory]
    [InlineData(128, 1, 0)]
    [InlineData(300, 2, 2 * 2 * 3 * 4 * 66 * 4)]
    public void AttendCache_MetaOfCuda_CountsItsStartsAndParts(int capacity, int starts, long parts) =>
        MetaOfCuda.Counted(
            (meta, tally) =>
            {
                var (q, k) = (Tensor.Empty([2, 8, 64], DType.BFloat16, meta), Tensor.Empty([2, 2, 64], DType.BFloat16, meta));
                var (cache, ends, used) = (
                    Tensor.Empty([2 * capacity, 2, 64], DType.BFloat16, meta),
                    Tensor.Empty([3], DType.Int32, meta),
                    Tensor.Empty([2], DType.Int32, meta)
                );
                var y = KernelOps.AttendCache(q, k, k, cache, cache, ends, used, capacity, 1);
                Assert.Equal(q.Sizes.ToArray(), y.Sizes.ToArray());
                Assert.Equal((starts, 4.0 * q.Count * capacity), (tally.Operators, tally.Flops));
                var once = q.Bytes + 2 * k.Bytes + 2 * cache.Bytes + y.Bytes;
                Assert.Equal(starts == 1 ? once : once + 2 * parts + used.Bytes + y.Bytes, tally.Bytes);
            }
        );
}
