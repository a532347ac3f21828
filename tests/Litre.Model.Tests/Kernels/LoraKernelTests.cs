using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

public sealed class LoraKernelTests
{
    // Ranks that are and are not whole vectors, the largest, parts of several widths, rows of the base model.
    [Theory]
    [InlineData(8, 1, 8)]
    [InlineData(64, 3, 5)]
    [InlineData(264, 2, 16)]
    [InlineData(24, 1, KernelOps.MaxLoraRank)]
    public void AddLoraRows_RandomSlots_AddsEachRowsUpdate(int inputs, int parts, int maxRank) =>
        KernelEmulator.Holds(
            3,
            (random, emulator) =>
            {
                const int Slots = 4;
                var rows = random.Between(1, 9);
                var bounds = new int[parts + 1];
                for (var p = 0; p < parts; p++)
                    bounds[p + 1] = bounds[p] + random.Between(1, 300);
                var (x, y) = (Bf16Values.Random(random, rows, inputs), Bf16Values.Random(random, rows, bounds[^1]));
                long[] slots = [.. Enumerable.Range(0, rows).Select(_ => (long)random.Between(-1, Slots - 1))];
                var words = new long[Slots * parts * KernelOps.LoraEntryWords];
                var factors = new Dictionary<(long, int), (Bf16Values A, Bf16Values B, int Rank, int Wide)>();
                const float Scale = 0.5f;
                for (var slot = 0; slot < Slots; slot++)
                {
                    for (var p = 0; p < parts; p++)
                    {
                        if (random.Next(4) == 0)
                            continue;
                        var rank = random.Between(1, maxRank);
                        var wide = random.Flip() ? rank : rank + random.Between(1, 20);
                        var a = Bf16Values.Random(random, rank, inputs);
                        var b = Bf16Values.Random(random, bounds[p + 1] - bounds[p], wide);
                        factors[(slot, p)] = (a, b, rank, wide);
                        var entry = (slot * parts + p) * KernelOps.LoraEntryWords;
                        (words[entry], words[entry + 1]) = (a.Tensor.DataPointer, b.Tensor.DataPointer);
                        words[entry + 2] = (uint)rank | ((long)wide << 32);
                        words[entry + 3] = BitConverter.SingleToUInt32Bits(Scale);
                    }
                }
                using var table = Tensor.From<long>(words, [Slots, parts, KernelOps.LoraEntryWords], Device.Cpu);
                using var boundaries = Tensor.From(bounds, Device.Cpu);
                using var chosen = Tensor.From(slots, Device.Cpu);
                var found = emulator
                    .Run(() => [KernelOps.AddLoraRowsInPlace(y.Tensor.Clone(), x.Tensor, table, boundaries, chosen)])[0]
                    .ToDoubles();
                for (var s = 0; s < rows; s++)
                {
                    for (var p = 0; p < parts; p++)
                    {
                        var update = factors.TryGetValue((slots[s], p), out var f);
                        for (var o = bounds[p]; o < bounds[p + 1]; o++)
                        {
                            var (sum, size) = (0.0, 0.0);
                            for (var r = 0; update && r < f.Rank; r++)
                            {
                                var inner = 0.0;
                                for (var i = 0; i < inputs; i++)
                                    inner += x[s * inputs + i] * f.A[r * inputs + i];
                                var product = inner * f.B[(o - bounds[p]) * f.Wide + r] * Scale;
                                (sum, size) = (sum + product, size + Math.Abs(product));
                            }
                            var at = s * bounds[^1] + o;
                            if (!update)
                                Assert.Equal(y[at], found[at]);
                            else
                                Assert.InRange(found[at] - y[at] - sum, -0.02 * (size + 1), 0.02 * (size + 1));
                        }
                    }
                }
            }
        );

    // Experts without rows, and rows of the base model among them.
    [Theory]
    [InlineData(8, 8)]
    [InlineData(40, 5)]
    public void AddLoraRows_RowsOfExperts_AddsTheUpdateOfEachRowsExpert(int inputs, int rank) =>
        KernelEmulator.Holds(
            3,
            (random, emulator) =>
            {
                const int Slots = 2,
                    Tokens = 4,
                    Experts = 5,
                    Outputs = 12;
                const float Scale = 0.5f;
                var ends = new int[Experts];
                var rows = 0;
                for (var e = 0; e < Experts; e++)
                    ends[e] = rows += random.Between(0, 3);
                if (rows == 0)
                    ends[^1] = rows = 1;
                var (x, y) = (Bf16Values.Random(random, rows, inputs), Bf16Values.Random(random, rows, Outputs));
                long[] tokens = [.. Enumerable.Range(0, rows).Select(_ => (long)random.Next(Tokens))];
                long[] slots = [.. Enumerable.Range(0, Tokens).Select(_ => (long)random.Between(-1, Slots - 1))];
                var words = new long[Slots * KernelOps.LoraEntryWords];
                var factors = new (Bf16Values A, Bf16Values B)[Slots];
                for (var slot = 0; slot < Slots; slot++)
                {
                    factors[slot] = (Bf16Values.Random(random, Experts, rank, inputs), Bf16Values.Random(random, Experts, Outputs, rank));
                    var entry = slot * KernelOps.LoraEntryWords;
                    (words[entry], words[entry + 1]) = (factors[slot].A.Tensor.DataPointer, factors[slot].B.Tensor.DataPointer);
                    (words[entry + 2], words[entry + 3]) = ((uint)rank | ((long)rank << 32), BitConverter.SingleToUInt32Bits(Scale));
                }
                using var table = Tensor.From<long>(words, [Slots, 1, KernelOps.LoraEntryWords], Device.Cpu);
                using var bounds = Tensor.From<int>([0, Outputs], Device.Cpu);
                using var slotsThere = Tensor.From(slots, Device.Cpu);
                using var tokensThere = Tensor.From(tokens, Device.Cpu);
                using var endsThere = Tensor.From(ends, Device.Cpu);
                var found = emulator
                    .Run(() =>
                        [KernelOps.AddLoraRowsInPlace(y.Tensor.Clone(), x.Tensor, table, bounds, slotsThere, tokensThere, endsThere)]
                    )[0]
                    .ToDoubles();
                for (var row = 0; row < rows; row++)
                {
                    var (slot, expert) = (slots[tokens[row]], Array.FindIndex(ends, end => end > row));
                    for (var o = 0; o < Outputs; o++)
                    {
                        var (sum, size) = (0.0, 0.0);
                        for (var r = 0; slot >= 0 && r < rank; r++)
                        {
                            var inner = 0.0;
                            for (var i = 0; i < inputs; i++)
                                inner += x[row * inputs + i] * factors[slot].A[(expert * rank + r) * inputs + i];
                            var product = inner * factors[slot].B[(expert * Outputs + o) * rank + r] * Scale;
                            (sum, size) = (sum + product, size + Math.Abs(product));
                        }
                        Assert.InRange(found[row * Outputs + o] - y[row * Outputs + o] - sum, -0.02 * (size + 1), 0.02 * (size + 1));
                    }
                }
            }
        );

    [Fact]
    public void Check_OnTheEmulator_AgreesWithThePlainOperators() =>
        KernelEmulator.Holds(1, (_, emulator) => Assert.InRange(LoraTable.Kernel.Check(Device.Cpu), 0, FusedOperation.Tolerance));
}
