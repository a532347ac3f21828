using Litre.Kernels;
using Litre.Model.Experts;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

public sealed class RoutingKernelTests
{
    [Fact]
    public void Route_RandomLogitsWithTies_TakesTheLargestSmallerExpertFirst() =>
        KernelEmulator.Holds(
            30,
            (random, emulator) =>
            {
                var (tokens, experts, chosen) = Sizes(random);
                var logits = Bf16Values.Random(random, tokens, experts);
                var found = emulator.Run(() => Three(KernelOps.Route(logits.Tensor, chosen, null, exact: true)));
                var expected = new long[tokens * chosen];
                for (var t = 0; t < tokens; t++)
                {
                    var order = Enumerable.Range(0, experts).OrderByDescending(e => logits[t * experts + e]).ThenBy(e => e);
                    foreach (var (expert, place) in order.Take(chosen).Select((e, i) => (e, i)))
                        expected[t * chosen + place] = expert;
                }
                Assert.Equal(expected, found[0].ToArray<long>());
                Weights(logits, found, expected, experts, chosen);
            }
        );

    [Fact]
    public void Route_Pinned_TakesThoseWithTheirWeights() =>
        KernelEmulator.Holds(
            15,
            (random, emulator) =>
            {
                var (tokens, experts, chosen) = Sizes(random);
                var logits = Bf16Values.Random(random, tokens, experts);
                var pinned = RandomChoice(random, tokens, experts, chosen);
                var found = emulator.Run(() => Three(KernelOps.Route(logits.Tensor, chosen, pinned, exact: true)));
                Assert.Equal(pinned.ToArray<long>(), found[0].ToArray<long>());
                Weights(logits, found, pinned.ToArray<long>(), experts, chosen);
            }
        );

    [Fact]
    public void Route_NotANumber_StaysWithinTheExperts()
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        var logits = Tensor
            .From<float>([.. Enumerable.Range(0, 80).Select(i => i < 40 ? float.NaN : float.NegativeInfinity)], [2, 40], Device.Cpu)
            .To(DType.BFloat16);
        var (experts, weights, _) = KernelOps.Route(logits, 3, null, exact: false);
        Assert.Equal([0, 1, 2, 0, 1, 2], experts.ToArray<long>());
        Assert.All(weights.ToDoubles(), w => Assert.True(double.IsNaN(w)));
    }

    // Weights are a softmax over the chosen logits alone.
    [Fact]
    public void RouteBackward_RandomSlopes_EqualsTheSoftmaxOverTheChosen() =>
        KernelEmulator.Holds(
            25,
            (random, emulator) =>
            {
                var (tokens, experts, chosen) = Sizes(random);
                var logits = Bf16Values.Random(random, tokens, experts);
                var (indices, _, exact) = KernelOps.Route(logits.Tensor, chosen, null, exact: true);
                var slopes = Tensor.From<float>([.. random.Doubles(tokens * chosen).Select(d => (float)d)], [tokens, chosen], Device.Cpu);
                var found = emulator.Run(() => [KernelOps.RouteBackward(slopes, exact!, indices, experts)])[0];
                var (places, d, expected) = (indices.ToArray<long>(), slopes.ToDoubles(), new double[tokens * experts]);
                for (var t = 0; t < tokens; t++)
                {
                    var weights = Softmax(logits, places.AsSpan(t * chosen, chosen), t, experts);
                    var mean = weights.Select((w, j) => w * d[t * chosen + j]).Sum();
                    for (var j = 0; j < chosen; j++)
                        expected[t * experts + places[t * chosen + j]] = weights[j] * (d[t * chosen + j] - mean);
                }
                Bf16Values.Near(expected, found);

                // The same slopes sorted.
                var order = Enumerable.Range(0, tokens * chosen).Select(i => (long)i).ToArray();
                random.Shuffle(order);
                var sorted = new float[order.Length];
                foreach (var (slope, i) in slopes.ToArray<float>().Select((slope, i) => (slope, i)))
                    sorted[order[i]] = slope;
                var (rows, inverse) = (Tensor.From<float>(sorted, [order.Length, 1], Device.Cpu), Tensor.From(order, Device.Cpu));
                var ofSorted = emulator.Run(() => [KernelOps.RouteBackward(rows, exact!, indices, experts, inverse)])[0];
                Assert.Equal(found.ToDoubles(), ofSorted.ToDoubles());
            }
        );

    [Fact]
    public void SortByExpert_RandomChoices_IsTheStableSort() =>
        KernelEmulator.Holds(
            30,
            (random, emulator) =>
            {
                var (tokens, experts, chosen) = Sizes(random);
                // Several tiles, which are of 512 rows.
                if (random.Flip())
                    tokens = random.Between(500, 900) / chosen;
                // All rows with one expert, or experts without any.
                var few = random.Flip() ? 1 : random.Between(1, experts);
                var choice = Tensor.From<long>(
                    [.. Enumerable.Range(0, tokens * chosen).Select(_ => experts - 1 - (long)random.Next(few))],
                    [tokens, chosen],
                    Device.Cpu
                );
                Check(emulator, random, choice, experts);
            }
        );

    // More counts than the scanning block has threads, and at last more than its warps read at a time.
    [Theory]
    [InlineData(700, 256, 8)]
    [InlineData(1100, 128, 8)]
    [InlineData(2200, 256, 8)]
    public void SortByExpert_ManyTiles_IsTheStableSort(int tokens, int experts, int chosen)
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        var random = new Random(tokens);
        Check(
            emulator,
            random,
            Tensor.From<long>(
                [.. Enumerable.Range(0, tokens * chosen).Select(_ => (long)random.Next(experts))],
                [tokens, chosen],
                Device.Cpu
            ),
            experts
        );
    }

    [Fact]
    public void ExpertSort_KernelAndPlainOperators_GiveTheSame() =>
        KernelEmulator.Holds(
            10,
            (random, emulator) =>
            {
                var (tokens, experts, chosen) = Sizes(random);
                var choice = RandomChoice(random, tokens, experts, chosen);
                var weights = Bf16Values.Random(random, tokens, chosen).Tensor;
                var found = Sort(KernelOptions.Default);
                Assert.Equal(tokens * chosen <= 256 ? ["sort_few"] : ["count_experts", "scan_counts", "place_rows"], emulator.Started);
                emulator.Started.Clear();
                foreach (var (one, other) in found.Zip(Sort(KernelOptions.Default with { UsesOwn = false })))
                {
                    Assert.Equal(other.DType, one.DType);
                    Assert.Equal(other.Sizes.ToArray(), one.Sizes.ToArray());
                    Assert.Equal(other.ToDoubles(), one.ToDoubles());
                }
                Assert.Empty(emulator.Started);

                Tensor[] Sort(KernelOptions options)
                {
                    var (sorted, inverse, shares, groups) = ExpertSort.Forward(choice, weights, experts, new KernelPolicy(options));
                    return [sorted, inverse, shares, groups.Offsets];
                }
            }
        );

    private static void Check(KernelEmulator emulator, Random random, Tensor choice, int experts)
    {
        var (places, chosen) = (choice.ToArray<long>(), choice.Size(1));
        var weights = Bf16Values.Random(random, choice.Size(0), chosen);
        var found = emulator.Run(() =>
        {
            var (tokens, inverse, sorted, ends) = KernelOps.SortByExpert(choice, weights.Tensor, experts);
            return [tokens, inverse, sorted, ends];
        });
        var order = Enumerable.Range(0, places.Length).OrderBy(p => places[p]).ToArray(); // stable
        Assert.Equal(order.Select(p => p / chosen), found[0].ToArray<long>());
        var inverse = found[1].ToArray<long>();
        for (var place = 0; place < order.Length; place++)
            Assert.Equal(place, inverse[order[place]]);
        Assert.Equal(order.Select(p => weights[p]), found[2].ToDoubles());
        Assert.Equal([places.Length, 1], found[2].Sizes.ToArray());
        Assert.Equal(Enumerable.Range(0, experts).Select(e => places.Count(p => p <= e)), found[3].ToArray<int>());
    }

    private static (int Tokens, int Experts, int Chosen) Sizes(Random random)
    {
        var experts = random.Flip() ? random.Between(4, 128) : new[] { 4, 60, 128, 256 }[random.Next(4)];
        return (random.Between(0, 40), experts, Math.Min(experts, new[] { 1, 2, 8, 16 }[random.Next(4)]));
    }

    private static Tensor RandomChoice(Random random, int tokens, int experts, int chosen) =>
        Tensor.From<long>(
            [
                .. Enumerable
                    .Range(0, tokens)
                    .SelectMany(_ => Enumerable.Range(0, experts).OrderBy(_ => random.Next()).Take(chosen))
                    .Select(e => (long)e),
            ],
            [tokens, chosen],
            Device.Cpu
        );

    private static Tensor?[] Three((Tensor Experts, Tensor Weights, Tensor? Exact) routed) =>
        [routed.Experts, routed.Weights, routed.Exact];

    private static void Weights(Bf16Values logits, Tensor[] found, long[] places, int experts, int chosen)
    {
        var expected = Enumerable
            .Range(0, places.Length / chosen)
            .SelectMany(t => Softmax(logits, places.AsSpan(t * chosen, chosen), t, experts))
            .ToArray();
        Bf16Values.Near(expected, found[1]);
        Bf16Values.Near(expected, found[2]);
    }

    private static double[] Softmax(Bf16Values logits, ReadOnlySpan<long> places, int token, int experts)
    {
        var shares = new double[places.Length];
        for (var j = 0; j < shares.Length; j++)
            shares[j] = Math.Exp(logits[token * experts + places[j]]);
        var sum = shares.Sum();
        return [.. shares.Select(s => s / sum)];
    }
}
