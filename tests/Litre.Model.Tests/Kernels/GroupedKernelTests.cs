using Litre.Core;
using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

public sealed class GroupedKernelTests
{
    // Rows an expert on average, and widths: every tile, and both sides of where one gives way to the next.
    public static TheoryData<int, int, int> Shapes =>
        new()
        {
            { 3, 136, 72 },
            { 3, 8, 8 },
            { 40, 64, 136 },
            { 40, 200, 16 },
            { 110, 40, 256 },
            { 110, 72, 32 },
            { 110, 16, 40 },
        };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ExpertRows_AnyGroups_MultipliesEachRowByItsExpertsMatrix(int mean, int k, int n) =>
        KernelEmulator.Holds(
            mean > 50 ? 1 : 2,
            (random, emulator) =>
            {
                var ends = Ends(random, mean, out var rows);
                var x = Bf16Values.Random(random, rows, k);
                var (flat, deep) = (Bf16Values.Random(random, ends.Length, k, n), Bf16Values.Random(random, ends.Length, n, k));
                var groups = Tensor.From(ends, Device.Cpu);
                var found = emulator.Run(() =>
                    [KernelOps.ExpertRows(x.Tensor, flat.Tensor, groups), KernelOps.ExpertRows(x.Tensor, deep.Tensor.Transposed(), groups)]
                );
                for (var turned = 0; turned < 2; turned++)
                {
                    var (expected, sizes) = (new double[rows * n], new double[rows * n]);
                    for (var i = 0; i < expected.Length; i++)
                    {
                        var (row, column, expert) = (i / n, i % n, Array.FindIndex(ends, end => i / n < end));
                        for (var d = 0; d < k; d++)
                        {
                            var product =
                                x[row * k + d] * (turned == 0 ? flat[(expert * k + d) * n + column] : deep[(expert * n + column) * k + d]);
                            expected[i] += product;
                            sizes[i] += Math.Abs(product);
                        }
                    }
                    Bf16Values.Near(expected, found[turned], i => sizes[i]);
                }
            }
        );

    // Scaling by a power of two rounds nothing, so that product and sum are rounded as by two operators.
    [Theory]
    [MemberData(nameof(Shapes))]
    public void AddExpertRows_PowerOfTwo_IsTheProductAndThenTheSum(int mean, int k, int n) =>
        KernelEmulator.Holds(
            1,
            (random, emulator) =>
            {
                var ends = Ends(random, mean, out var rows);
                var (x, y) = (Bf16Values.Random(random, rows, k).Tensor, Bf16Values.Random(random, rows, n).Tensor);
                var matrices = Bf16Values.Random(random, ends.Length, n, k).Tensor.Transposed();
                var groups = Tensor.From(ends, Device.Cpu);
                var found = emulator.Run(() =>
                    [KernelOps.AddExpertRowsInPlace(y.Clone(), x, matrices, groups, 0.25), KernelOps.ExpertRows(x, matrices, groups, 0.25)]
                );
                var product = KernelOps.ExpertRows(x, matrices, groups);
                Assert.Equal(Ops.Add(y, product, 0.25).ToDoubles(), found[0].ToDoubles());
                Assert.Equal(Ops.Mul(product, 0.25).ToDoubles(), found[1].ToDoubles());
            }
        );

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ExpertOuter_AnyGroups_SumsOverEachExpertsRows(int mean, int k, int n) =>
        KernelEmulator.Holds(
            mean > 50 ? 1 : 2,
            (random, emulator) =>
            {
                var ends = Ends(random, mean, out var rows);
                var (a, b) = (Bf16Values.Random(random, rows, n), Bf16Values.Random(random, rows, k));
                var sums = emulator.Run(() => [KernelOps.ExpertOuter(a.Tensor, b.Tensor, Tensor.From(ends, Device.Cpu))])[0];
                var (expected, sizes) = (new double[ends.Length * n * k], new double[ends.Length * n * k]);
                for (var i = 0; i < expected.Length; i++)
                {
                    var (expert, row, column) = (i / (n * k), i / k % n, i % k);
                    for (var m = expert == 0 ? 0 : ends[expert - 1]; m < ends[expert]; m++)
                    {
                        expected[i] += a[m * n + row] * b[m * k + column];
                        sizes[i] += Math.Abs(a[m * n + row] * b[m * k + column]);
                    }
                }
                Bf16Values.Near(expected, sums, i => sizes[i]);
            }
        );

    // More experts than a warp has lanes, the last tile's number beyond many empty ones.
    [Theory]
    [InlineData(33)]
    [InlineData(128)]
    public void ExpertRows_ManyExpertsMostlyEmpty_FindsEachRowsExpert(int experts) =>
        KernelEmulator.Holds(
            2,
            (random, emulator) =>
            {
                const int K = 8,
                    N = 16;
                var end = 0;
                int[] ends = [.. Enumerable.Range(0, experts).Select(_ => end += random.Between(0, 9) == 0 ? random.Between(1, 40) : 0)];
                if (end == 0)
                    return;
                var x = Bf16Values.Random(random, end, K);
                var matrices = Bf16Values.Random(random, experts, K, N);
                var groups = Tensor.From(ends, Device.Cpu);
                var found = emulator.Run(() => [KernelOps.ExpertRows(x.Tensor, matrices.Tensor, groups)])[0].ToDoubles();
                using var plain = new ExpertGroups(groups.Clone(), new KernelPolicy());
                Assert.InRange(
                    FusedOperation.ErrorOf(
                        Tensor.From<double>(found, [end, N], Device.Cpu),
                        GroupedProduct.Rows(x.Tensor, matrices.Tensor, plain, GroupedKernel.None)
                    ),
                    0,
                    5e-3
                );
            }
        );

    // All of the kernels at once, as before their first use on a GPU; and that a wrong one would be seen.
    [Fact]
    public void Check_Emulated_PassesWithEveryKernelStarted()
    {
        using var emulator = KernelEmulator.Open();
        Assert.InRange(GroupedProduct.Kernel.Check(Device.Cpu), 0, FusedOperation.Tolerance);
        var names = new List<string>();
        foreach (var tile in (string[])["128x128", "64x128", "128x32", "16x64"])
            names.AddRange([$"grouped_rows_deep_{tile}", $"grouped_rows_flat_{tile}"]);
        names.AddRange(["grouped_outer_128x128", "grouped_outer_32x128", "grouped_outer_128x32"]);
        Assert.Equal(names.Order(), emulator.Started.Distinct().Order());
    }

    [Theory]
    [InlineData(12, 16)]
    [InlineData(16, 12)]
    public void ExpertRows_WidthsThatAreNoVectors_AreRefused(int k, int n)
    {
        using var scope = new TensorScope();
        var (x, matrices) = (Tensor.Zeros([4, k], DType.BFloat16, Device.Cpu), Tensor.Zeros([2, k, n], DType.BFloat16, Device.Cpu));
        Assert.Throws<ArgumentException>(() => KernelOps.ExpertRows(x, matrices, Tensor.From<int>([2, 4], Device.Cpu)));
        Assert.Equal(GroupedKernel.None, GroupedProduct.KernelFor(x, k, n, 2, new KernelPolicy()));
    }

    // Many rows of wide matrices are libtorch's; few rows and an adapter's widths ours, whatever the GPU has.
    [Theory]
    [InlineData(null, 400, 64, GroupedKernel.Libtorch)]
    [InlineData(null, 400, 16, GroupedKernel.Own)]
    [InlineData(null, 4, 64, GroupedKernel.Own)]
    [InlineData(null, 400, 12, GroupedKernel.None)]
    [InlineData(GroupedKernel.Libtorch, 4, 16, GroupedKernel.Libtorch)]
    [InlineData(GroupedKernel.Own, 400, 64, GroupedKernel.Own)]
    [InlineData(GroupedKernel.None, 400, 64, GroupedKernel.None)]
    public void KernelFor_OnCuda_IsTheFasterOrWhatIsAskedFor(GroupedKernel? only, int rows, int width, GroupedKernel expected)
    {
        using var x = Tensor.Empty([rows, 64], DType.BFloat16, Device.Meta(DeviceType.Cuda));
        var kernels = new KernelPolicy(KernelOptions.Default with { Grouped = only });
        Assert.Equal(expected, GroupedProduct.KernelFor(x, 64, width, 4, kernels));
    }

    // What a plan counts: one operator, the work of its products, and what it reads and writes.
    [Fact]
    public void ExpertRows_MetaOfCuda_CountsItsWork() =>
        MetaOfCuda.Counted(
            (meta, tally) =>
            {
                var (x, ends) = (Tensor.Empty([10, 16], DType.BFloat16, meta), Tensor.Empty([3], DType.Int32, meta));
                var y = KernelOps.ExpertRows(x, Tensor.Empty([3, 24, 16], DType.BFloat16, meta).Transposed(), ends);
                Assert.Equal([10, 24], y.Sizes.ToArray());
                Assert.Equal(
                    (1, 2.0 * 10 * 16 * 24, 2 * (10 * 16 + 3 * 16 * 24 + 10 * 24) + 12),
                    (tally.Operators, tally.Flops, tally.Bytes)
                );
                Assert.Equal([3, 24, 16], KernelOps.ExpertOuter(y, x, ends).Sizes.ToArray());
                Assert.Equal((2, 2 * 2.0 * 10 * 16 * 24), (tally.Operators, tally.Flops));
                // What is added to is read once more.
                var bytes = tally.Bytes;
                Assert.Same(y, KernelOps.AddExpertRowsInPlace(y, x, Tensor.Empty([3, 16, 24], DType.BFloat16, meta), ends, 2));
                Assert.Equal(2 * (10 * 16 + 3 * 16 * 24 + 2 * 10 * 24) + 12, tally.Bytes - bytes);
            }
        );

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("own", GroupedKernel.Own)]
    [InlineData("libtorch", GroupedKernel.Libtorch)]
    [InlineData("none", GroupedKernel.None)]
    public void Parse_Known_IsTheKernel(string? text, GroupedKernel? expected) => Assert.Equal(expected, KernelOptions.ParseGrouped(text));

    [Fact]
    public void Parse_Unknown_SaysWhatIsExpected() =>
        Assert.Equal(
            "LITRE_GROUPED=fast: expected own, libtorch or none",
            Assert.Throws<InputException>(() => KernelOptions.ParseGrouped("fast")).Message
        );

    private static int[] Ends(Random random, int mean, out int rows)
    {
        var end = 0;
        // One expert has none, one a single row, one the rest of the mean's.
        int[] lengths = [random.Between(0, mean), 0, 1];
        int[] all = [.. lengths, 4 * mean - lengths.Sum()];
        random.Shuffle(all);
        int[] ends = [.. all.Select(length => end += length)];
        rows = end;
        return ends;
    }
}
