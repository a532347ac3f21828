using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

public sealed class HeadKernelTests
{
    private const double Eps = 1e-6;

    [Fact]
    public void Forward_RandomHeads_EqualsItsFormula() =>
        KernelEmulator.Holds(
            25,
            (random, emulator) =>
            {
                using var heads = new Heads(random);
                var found = emulator.Run(() =>
                {
                    var (rotated, rstd) = heads.Forward();
                    return [rotated, rstd];
                });
                var (expected, roots) = (new double[heads.Tokens * heads.Normed * heads.Width], new double[heads.Tokens * heads.Normed]);
                for (var item = 0; item < roots.Length; item++)
                {
                    var (t, head) = (item / heads.Normed, item % heads.Normed);
                    roots[item] = heads.Root(t, head);
                    for (var i = 0; i < heads.Width; i++)
                        expected[item * heads.Width + i] =
                            heads.Cos(t, i) * heads.Scaled(t, head, i) + heads.Sin(t, i) * heads.Scaled(t, head, heads.Opposite(i));
                }
                Bf16Values.Near(expected, found[0], _ => 16);
                Bf16Values.Near(roots, found[1], i => roots[i]);
            }
        );

    [Fact]
    public void Backward_RandomHeads_EqualsItsFormula() =>
        KernelEmulator.Holds(
            25,
            (random, emulator) =>
            {
                using var heads = new Heads(random);
                var (n, k, width) = (heads.Queries, heads.Keys, heads.Width);
                var (dQ, dK, dV) = (
                    Bf16Values.Random(random, heads.Tokens, n, width),
                    Bf16Values.Random(random, heads.Tokens, k, width),
                    Bf16Values.Random(random, heads.Tokens, k, width)
                );
                var (_, rstd) = heads.Forward();
                var found = emulator.Run(() =>
                    [
                        KernelOps.RotateHeadsBackward(
                            dQ.Tensor,
                            dK.Tensor,
                            dV.Tensor,
                            heads.Qkv.Tensor,
                            rstd,
                            heads.QueryWeight.Tensor,
                            heads.KeyWeight.Tensor,
                            heads.CosTable,
                            heads.SinTable
                        ),
                    ]
                )[0];
                var (expected, sizes) = (new double[heads.Tokens * heads.All * width], new double[heads.Tokens * heads.All]);
                for (var item = 0; item < sizes.Length; item++)
                {
                    var (t, head) = (item / heads.All, item % heads.All);
                    double Slope(int i) =>
                        head < n ? dQ[(t * n + head) * width + i]
                        : head < n + k ? dK[(t * k + head - n) * width + i]
                        : dV[(t * k + head - n - k) * width + i];
                    sizes[item] = 1;
                    if (head >= n + k)
                    {
                        for (var i = 0; i < width; i++)
                            expected[item * width + i] = Slope(i);
                        continue;
                    }
                    var root = heads.Root(t, head);
                    var (unit, dUnit) = (new double[width], new double[width]);
                    for (var i = 0; i < width; i++)
                    {
                        unit[i] = heads.X(t, head, i) * root;
                        // The transposed rotation: what i gave to itself, and what it gave to its opposite.
                        dUnit[i] =
                            (heads.Cos(t, i) * Slope(i) + heads.Sin(t, heads.Opposite(i)) * Slope(heads.Opposite(i)))
                            * heads.Weight(head, i);
                    }
                    var mean = unit.Zip(dUnit, (u, d) => u * d).Average();
                    for (var i = 0; i < width; i++)
                        expected[item * width + i] = root * (dUnit[i] - unit[i] * mean);
                    sizes[item] = root * (32 + unit.Max(Math.Abs) * unit.Zip(dUnit, (u, d) => Math.Abs(u * d)).Average());
                }
                Bf16Values.Near(expected, found, i => sizes[i / width]);
            }
        );

    [Theory]
    [InlineData(128, true)]
    [InlineData(64, true)]
    [InlineData(72, false)]
    [InlineData(8, false)]
    public void HeadRotation_AnyWidth_TakesTheKernelOrPlainOperatorsAndBothAgree(int width, bool taken)
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        using var heads = new Heads(new Random(5), width);
        using var query = new Parameter("query", heads.QueryWeight.Tensor);
        using var key = new Parameter("key", heads.KeyWeight.Tensor);
        var (n, k) = (heads.Queries, heads.Keys);
        var (dQ, dK, dV) = (
            Bf16Values.Random(new Random(6), heads.Tokens, n, width),
            Bf16Values.Random(new Random(7), heads.Tokens, k, width),
            Bf16Values.Random(new Random(8), heads.Tokens, k, width)
        );
        var (y, dX) = Run();
        Assert.Equal(taken ? [$"heads_forward_{width / 16}", $"heads_backward_{width / 16}"] : [], emulator.Started);
        emulator.Dispose();
        var (plainY, plainDX) = Run();
        // The plain way rounds about six times.
        Assert.InRange(FusedOperation.ErrorOf(y, plainY), 0, 1e-2);
        Assert.InRange(FusedOperation.ErrorOf(dX, plainDX), 0, 1e-2);

        (Tensor Y, Tensor DX) Run()
        {
            var (rotated, rstd) = HeadRotation.Forward(heads.Qkv.Tensor, query, key, heads.Table, n, k, Eps, new KernelPolicy());
            return (
                rotated,
                HeadRotation.Backward(
                    dQ.Tensor.Clone(),
                    dK.Tensor.Clone(),
                    dV.Tensor,
                    heads.Qkv.Tensor,
                    rstd,
                    query,
                    key,
                    heads.Table,
                    new KernelPolicy()
                )
            );
        }
    }

    // Random heads and what their formula reads.
    private sealed class Heads : IDisposable
    {
        private readonly double[] _cos;
        private readonly double[] _sin;

        public Heads(Random random, int width = 0)
        {
            Width = width > 0 ? width : 16 << random.Next(6);
            (Tokens, Queries, Keys) = (random.Between(width > 0 ? 1 : 0, 9), random.Between(1, 5), random.Between(1, 3));
            Qkv = Bf16Values.Random(random, Tokens, All * Width);
            (QueryWeight, KeyWeight) = (Bf16Values.Random(random, Width), Bf16Values.Random(random, Width));
            var angles = Enumerable.Range(0, Tokens * Width / 2).Select(_ => 7 * random.NextSingle()).ToArray();
            Table = new Rotary(angles, Tokens, DType.BFloat16, Device.Cpu);
            // A table of no positions has no width.
            (CosTable, SinTable) =
                Tokens > 0
                    ? (Table.Cos, Table.Sin)
                    : (Tensor.Empty([0, 1, Width], DType.BFloat16, Device.Cpu), Tensor.Empty([0, 1, Width], DType.BFloat16, Device.Cpu));
            (_cos, _sin) = (CosTable.ToDoubles(), SinTable.ToDoubles());
        }

        public int Tokens { get; }

        public int Queries { get; }

        public int Keys { get; }

        public int Width { get; }

        public int Normed => Queries + Keys;

        public int All => Queries + 2 * Keys;

        public Bf16Values Qkv { get; }

        public Bf16Values QueryWeight { get; }

        public Bf16Values KeyWeight { get; }

        public Rotary Table { get; }

        public Tensor CosTable { get; }

        public Tensor SinTable { get; }

        public (Tensor Rotated, Tensor Rstd) Forward() =>
            KernelOps.RotateHeads(Qkv.Tensor, QueryWeight.Tensor, KeyWeight.Tensor, CosTable, SinTable, Queries, Keys, Eps);

        public void Dispose() => Table.Dispose();

        public double X(int t, int head, int i) => Qkv[(t * All + head) * Width + i];

        public double Root(int t, int head) => 1 / Math.Sqrt(Enumerable.Range(0, Width).Average(i => X(t, head, i) * X(t, head, i)) + Eps);

        public double Weight(int head, int i) => (head < Queries ? QueryWeight : KeyWeight)[i];

        public double Scaled(int t, int head, int i) => X(t, head, i) * Root(t, head) * Weight(head, i);

        public double Cos(int t, int i) => _cos[t * Width + i];

        public double Sin(int t, int i) => _sin[t * Width + i];

        public int Opposite(int i) => (i + Width / 2) % Width;
    }
}
