using Shared;

namespace Litre.Torch.Tests.Operators;

/// <summary>Every operator against its definition, and its shape on the meta device against the CPU's.</summary>
public sealed class OperatorTests
{
    public static TheoryData<DType> Wide => [DType.Float64, DType.Float32];

    [Theory]
    [MemberData(nameof(Wide))]
    public void Elementwise_RandomShapes_EqualTheirDefinition(DType dtype) =>
        Holds(
            dtype,
            o =>
            {
                var (rows, width) = (o.Size(0), o.Size());
                var (x, mx, vx) = o.Next(rows, o.Size(), width);
                var (y, my, vy) = o.Next([.. vx.Sizes]);
                var (line, mLine, vLine) = o.Next(1, width);
                o.Equal(Managed.Zip(vx, vLine, (a, b) => a + 0.5 * b), Ops.Add(x, line, 0.5), Ops.Add(mx, mLine, 0.5));
                o.Equal(vx.Map(a => a + 3), Ops.Add(x, 3), Ops.Add(mx, 3));
                o.Equal(vx.Map(a => a * -2.5), Ops.Mul(x, -2.5), Ops.Mul(mx, -2.5));
                o.Equal(Managed.Zip(vx, vLine, (a, b) => a * b), Ops.Mul(x, line), Ops.Mul(mx, mLine));
                var (positive, mPositive) = (Ops.Add(y, 2), Ops.Add(my, 2));
                o.Equal(Managed.Zip(vx, vy, (a, b) => a / (b + 2)), Ops.Div(x, positive), Ops.Div(mx, mPositive));
                o.Equal(vy.Map(b => 1 / Math.Sqrt(b + 2)), Ops.Rsqrt(positive), Ops.Rsqrt(mPositive));
                o.Equal(vx.Map(v => Math.Exp(v)), Ops.Exp(x), Ops.Exp(mx));
                o.Equal(vx.Map(a => a * Sigmoid(a)), Ops.Silu(x), Ops.Silu(mx));
                o.Equal(
                    Managed.Zip(vy, vx, (d, a) => d * Sigmoid(a) * (1 + a * (1 - Sigmoid(a)))),
                    Ops.SiluBackward(y, x),
                    Ops.SiluBackward(my, mx)
                );
                o.Equal(vx.Map(Gelu), Ops.Gelu(x, tanh: true), Ops.Gelu(mx, tanh: true));
                o.Equal(
                    Managed.Zip(vy, vx, (d, a) => d * GeluSlope(a)),
                    Ops.GeluBackward(y, x, tanh: true),
                    Ops.GeluBackward(my, mx, tanh: true)
                );
                Operands.Twin(Ops.Gelu(x, tanh: false), Ops.Gelu(mx, tanh: false));
                o.Equal(
                    Managed.Build([.. vx.Sizes], i => vx[[i[0], i[1], (i[2] + 2 * width - 2) % width]]),
                    Ops.RollLast(x, 2),
                    Ops.RollLast(mx, 2)
                );
                var bools = Ops.GreaterOrEqual(x, line);
                Operands.Twin(bools, Ops.GreaterOrEqual(mx, mLine));
                Assert.Equal(Managed.Zip(vx, vLine, (a, b) => a >= b ? 1 : 0).Values, bools.ToDoubles());
                o.Equal(
                    Managed.Zip(vx, vLine, (a, b) => a >= b ? a : b),
                    Ops.Where(bools, x, line),
                    Ops.Where(Ops.GreaterOrEqual(mx, mLine), mx, mLine)
                );
                o.Equal(Managed.Zip(vx, vLine, (a, b) => a * b), Ops.MulInPlace(x, line), Ops.MulInPlace(mx, mLine));
            }
        );

    [Theory]
    [MemberData(nameof(Wide))]
    public void Products_RandomShapes_EqualTheirDefinition(DType dtype) =>
        Holds(
            dtype,
            o =>
            {
                var (m, k, n, batch) = (o.Size(0), o.Size(), o.Size(), o.Size());
                var (a, ma, va) = o.Next(m, k);
                var (b, mb, vb) = o.Next(k, n);
                var (bias, mBias, vBias) = o.Next(n);
                var product = Product(va, vb);
                o.Equal(product, Ops.MatMul(a, b), Ops.MatMul(ma, mb));
                var (weight, mWeight) = (b.Transposed(), mb.Transposed());
                o.Equal(Managed.Zip(product, vBias, (p, c) => p + c), Ops.Linear(a, weight, bias), Ops.Linear(ma, mWeight, mBias));
                o.Equal(product, Ops.Linear(a, weight), Ops.Linear(ma, mWeight));
                // On the CPU with the error function, which Ops.Gelu has as well.
                var activated = new Managed([m, n], Ops.Gelu(Ops.Linear(a, weight, bias), tanh: false).ToDoubles());
                o.Equal(activated, Ops.LinearGelu(a, weight, bias), Ops.LinearGelu(ma, mWeight, mBias));
                var (sum, mSum, vSum) = o.Next(m, n);
                o.Equal(
                    Managed.Zip(vSum, product, (s, p) => 0.5 * s + 2 * p),
                    Ops.AddMatMulInPlace(sum, a, b, 0.5, 2),
                    Ops.AddMatMulInPlace(mSum, ma, mb, 0.5, 2)
                );
                var (p3, mp3, v3) = o.Next(batch, m, k);
                var (q3, mq3, w3) = o.Next(batch, k, n);
                o.Equal(
                    Managed.Build([batch, m, n], i => Enumerable.Range(0, k).Sum(j => v3[[i[0], i[1], j]] * w3[[i[0], j, i[2]]])),
                    Ops.BatchMatMul(p3, q3),
                    Ops.BatchMatMul(mp3, mq3)
                );
                var (u, mu, vu) = o.Next(k);
                var (v, mv, vv) = o.Next(k);
                o.Equal(new Managed([], [vu.Values.Zip(vv.Values, (x, y) => x * y).Sum()]), Ops.Dot(u, v), Ops.Dot(mu, mv));
                o.Equal(Managed.Zip(vu, vv, (x, y) => x + y), Ops.Accumulate(u, v), Ops.Accumulate(mu, mv));
            }
        );

    [Theory]
    [MemberData(nameof(Wide))]
    public void Decompositions_RandomShapes_GiveTheMatrixBack(DType dtype) =>
        Holds(
            dtype,
            o =>
            {
                var (batch, m, n) = (o.Size(), o.Size(), o.Size());
                var (x, mx, vx) = o.Next(batch, m, n);
                var (q, r) = Ops.Qr(x);
                var (mq, mr) = Ops.Qr(mx);
                o.Equal(vx, Ops.BatchMatMul(q, r), Ops.BatchMatMul(mq, mr));
                o.Equal(Identity(batch, Math.Min(m, n)), Ops.BatchMatMul(q.Transposed(), q), Ops.BatchMatMul(mq.Transposed(), mq));
                var (u, s, vt) = Ops.Svd(x);
                var (mu, ms, mvt) = Ops.Svd(mx);
                var scaled = Ops.Mul(u, s.Contiguous().View(batch, 1, s.Size(1)));
                o.Equal(vx, Ops.BatchMatMul(scaled, vt), Ops.BatchMatMul(Ops.Mul(mu, ms.View(batch, 1, ms.Size(1))), mvt));
                o.Equal(Identity(batch, Math.Min(m, n)), Ops.BatchMatMul(vt, vt.Transposed()), Ops.BatchMatMul(mvt, mvt.Transposed()));
                var values = s.ToDoubles();
                Assert.All(
                    Enumerable.Range(1, values.Length - 1).Where(i => i % s.Size(1) != 0),
                    i => Assert.True(values[i - 1] >= values[i])
                );
            }
        );

    private static Managed Identity(int batch, int size) => Managed.Build([batch, size, size], i => i[1] == i[2] ? 1 : 0);

    [Fact]
    public void AddMatMulInPlace_BFloat16IntoFloat32_RoundsTheProductOnce()
    {
        using var scope = new TensorScope();
        var a = Tensor.From<float>([1, 2, 3, 4], [2, 2], Device.Cpu).To(DType.BFloat16);
        var sum = Tensor.Full([2, 2], 0.125, DType.Float32, Device.Cpu);
        Ops.AddMatMulInPlace(sum, a, a.Transposed(), 1, 0.5);
        Assert.Equal([2.625, 5.625, 5.625, 12.625], sum.ToDoubles());
    }

    [Theory]
    [MemberData(nameof(Wide))]
    public void Reductions_RandomShapes_EqualTheirDefinition(DType dtype) =>
        Holds(
            dtype,
            o =>
            {
                var (rows, middle, width) = (o.Size(0), o.Size(), o.Size());
                var (x, mx, vx) = o.Next(rows, middle, width);
                o.Equal(
                    Managed.Build([rows, width], i => Enumerable.Range(0, middle).Sum(j => vx[[i[0], j, i[1]]])),
                    Ops.Sum(x, 1),
                    Ops.Sum(mx, 1)
                );
                o.Equal(
                    Managed.Build([middle, width], i => Enumerable.Range(0, rows).Sum(j => vx[[j, i[0], i[1]]])),
                    Ops.Sum(x, 0),
                    Ops.Sum(mx, 0)
                );
                o.Equal(vx.Rows(r => [r.Average()]), Ops.Mean(x, -1, keep: true), Ops.Mean(mx, -1, keep: true));
                o.Equal(vx.Rows(Softmax), Ops.Softmax(x), Ops.Softmax(mx));
                o.Equal(vx.Rows(r => [.. Softmax(r).Select(v => Math.Log(v))]), Ops.LogSoftmax(x), Ops.LogSoftmax(mx));
                var k = Math.Min(2, width);
                var (values, indices) = Ops.TopK(x, k);
                var (mValues, mIndices) = Ops.TopK(mx, k);
                o.Equal(vx.Rows(r => [.. r.OrderDescending().Take(k)]), values, mValues);
                Operands.Twin(indices, mIndices);
                o.Equal(vx.Rows(r => [.. r.OrderDescending().Take(k)]), Ops.Gather(x, indices), Ops.Gather(mx, mIndices));
                Operands.Twin(Ops.ArgMax(x), Ops.ArgMax(mx));
                Assert.Equal(vx.Rows(r => [Array.IndexOf(r, r.Max())]).Values, Ops.ArgMax(x).ToDoubles());
                var (y, my) = (Ops.Softmax(x), Ops.Softmax(mx));
                var expected = vx.Rows(r =>
                {
                    var s = Softmax(r);
                    var inner = s.Zip(r, (a, b) => a * b).Sum();
                    return [.. s.Zip(r, (a, b) => a * (b - inner))];
                });
                o.Equal(expected, Ops.SoftmaxBackward(x, y), Ops.SoftmaxBackward(mx, my));
            }
        );

    [Theory]
    [MemberData(nameof(Wide))]
    public void Indexing_RandomShapes_EqualTheirDefinition(DType dtype) =>
        Holds(
            dtype,
            o =>
            {
                var (rows, width, count) = (o.Size(), o.Size(), o.Size(0));
                var (x, mx, vx) = o.Next(rows, width);
                var (index, mIndex, vIndex) = o.Index(rows, count);
                o.Equal(Managed.Build([count, width], i => vx[[vIndex[i[0]], i[1]]]), Ops.Rows(x, index), Ops.Rows(mx, mIndex));
                var (dY, mdY, vdY) = o.Next(count, width);
                o.Equal(
                    Managed.Build([rows, width], i => Enumerable.Range(0, count).Where(j => vIndex[j] == i[0]).Sum(j => vdY[[j, i[1]]])),
                    Ops.RowsBackward(dY, index, rows),
                    Ops.RowsBackward(mdY, mIndex, rows)
                );
                var (more, mMore, vMore) = o.Next(o.Size(), width);
                o.Equal(
                    Managed.Build([rows + more.Size(0), width], i => i[0] < rows ? vx[i] : vMore[[i[0] - rows, i[1]]]),
                    Ops.Concat([x, more], 0),
                    Ops.Concat([mx, mMore], 0)
                );
                var distinct = Enumerable.Range(0, rows).Select(i => (long)(rows - 1 - i)).ToArray();
                var (order, mOrder) = (Tensor.From(distinct, Device.Cpu), Tensor.Empty([rows], DType.Int64, Device.Meta()));
                o.Equal(
                    Managed.Build([rows, width], i => vx[[rows - 1 - i[0], i[1]]]),
                    Ops.SetRowsInPlace(Tensor.Zeros([rows, width], dtype, Device.Cpu), order, x),
                    Ops.SetRowsInPlace(Tensor.Zeros([rows, width], dtype, Device.Meta()), mOrder, mx)
                );
                var (column, mColumn, vColumn) = o.Index(width, rows, 1);
                var (one, mOne, vOne) = o.Next(rows, 1);
                o.Equal(
                    Managed.Build([rows, width], i => vx[i] + (vColumn[i[0]] == i[1] ? vOne[[i[0], 0]] : 0)),
                    Ops.ScatterAddInPlace(x, column, one),
                    Ops.ScatterAddInPlace(mx, mColumn, mOne)
                );
            }
        );

    [Fact]
    public void Integers_RandomValues_EqualManagedArithmetic() =>
        Holds(
            DType.Float64,
            o =>
            {
                var (a, ma, va) = o.Index(1000, o.Size(0), 1);
                var (b, mb, vb) = o.Index(9, 1, o.Size());
                Check((x, y) => x ^ y, Ops.Xor(a, b), Ops.Xor(ma, mb));
                Check((x, y) => x & y, Ops.And(a, b), Ops.And(ma, mb));
                Check((x, y) => x >> (int)y, Ops.ShiftRight(a, b), Ops.ShiftRight(ma, mb));
                var (c, mc) = (
                    Tensor.From<long>([.. vb.Select(v => v + 1)], b.Sizes, Device.Cpu),
                    Tensor.Empty(b.Sizes, DType.Int64, Device.Meta())
                );
                Check((x, y) => x / (y + 1), Ops.FloorDiv(a, c), Ops.FloorDiv(ma, mc));
                var (list, mList, vList) = o.Index(6, o.Size(0, 9));
                var (sorted, places) = Ops.SortStable(list);
                var (mSorted, mPlaces) = Ops.SortStable(mList);
                Operands.Twin(sorted, mSorted);
                Operands.Twin(places, mPlaces);
                Assert.Equal(vList.Order().ToArray(), sorted.ToArray<long>());
                Assert.Equal(
                    Enumerable.Range(0, vList.Length).OrderBy(i => vList[i]).Select(i => (long)i).ToArray(),
                    places.ToArray<long>()
                );
                var (marks, mMarks, vMarks) = o.Index(8, o.Size());
                var counts = Ops.CountNotLarger(sorted, marks);
                Operands.Twin(counts, Ops.CountNotLarger(mSorted, mMarks));
                Assert.Equal(vMarks.Select(m => vList.Count(v => v <= m)).ToArray(), counts.ToArray<int>());

                void Check(Func<long, long, long> f, Tensor found, Tensor meta)
                {
                    Operands.Twin(found, meta);
                    Assert.Equal(va.SelectMany(x => vb.Select(y => f(x, y))).ToArray(), found.ToArray<long>());
                }
            }
        );

    [Theory]
    [MemberData(nameof(Wide))]
    public void Normalizations_RandomShapes_EqualTheirDefinition(DType dtype) =>
        Holds(
            dtype,
            o =>
            {
                var (rows, width) = (o.Size(0), o.Size(2));
                var (x, mx, vx) = o.Next(rows, width);
                var (weight, mWeight, vWeight) = o.Next(width);
                var (bias, mBias, vBias) = o.Next(width);
                var (y, mean, rstd) = Ops.LayerNorm(x, weight, bias, 0.1);
                var (my, mMean, mRstd) = Ops.LayerNorm(mx, mWeight, mBias, 0.1);
                o.Equal(
                    vx.Rows(r => [.. r.Select((v, i) => (v - r.Average()) * Reciprocal(r) * vWeight.Values[i] + vBias.Values[i])]),
                    y,
                    my
                );
                o.Equal(vx.Rows(r => [r.Average()]), mean, mMean);
                o.Equal(vx.Rows(r => [Reciprocal(r)]), rstd, mRstd);
                foreach (var weights in new[] { true, false })
                {
                    var (dX, dWeight, dBias) = Ops.LayerNormBackward(y, x, mean, rstd, weight, bias, weights);
                    var (mdX, mdWeight, mdBias) = Ops.LayerNormBackward(my, mx, mMean, mRstd, mWeight, mBias, weights);
                    Operands.Twin(dX, mdX);
                    Assert.Equal(weights, dWeight is not null && dBias is not null && mdWeight is not null && mdBias is not null);
                    if (weights)
                        Operands.Twin(dWeight!, mdWeight!);
                    if (weights)
                        o.Equal(
                            Managed.Build([width], i => Enumerable.Range(0, rows).Sum(r => y.ToDoubles()[r * width + i[0]])),
                            dBias!,
                            mdBias!
                        );
                }

                static double Reciprocal(double[] r) => 1 / Math.Sqrt(r.Average(v => (v - r.Average()) * (v - r.Average())) + 0.1);
            }
        );

    [Theory]
    [MemberData(nameof(Wide))]
    public void FlashAttentionCpu_RandomShapes_EqualsSoftmaxOfScores(DType dtype) =>
        Holds(
            dtype,
            o =>
            {
                var (b, n, l, d) = (o.Size(), o.Size(), o.Size(), 2 * o.Size(1, 4));
                var (q, k, v) = (o.Next(b, n, l, d), o.Next(b, n, l, d), o.Next(b, n, l, d));
                var scores = Managed.Build(
                    [b, n, l, l],
                    i =>
                        i[3] > i[2]
                            ? double.NegativeInfinity
                            : 0.3 * Enumerable.Range(0, d).Sum(c => q.Values[[i[0], i[1], i[2], c]] * k.Values[[i[0], i[1], i[3], c]])
                );
                var p = scores.Rows(Softmax);
                var (y, lse) = Ops.FlashAttentionCpu(q.Cpu.Contiguous(), k.Cpu.Contiguous(), v.Cpu.Contiguous(), causal: true, 0.3);
                var (my, mLse) = Ops.FlashAttentionCpu(q.Meta.Contiguous(), k.Meta.Contiguous(), v.Meta.Contiguous(), causal: true, 0.3);
                o.Equal(
                    Managed.Build(
                        [b, n, l, d],
                        i => Enumerable.Range(0, l).Sum(j => p[[i[0], i[1], i[2], j]] * v.Values[[i[0], i[1], j, i[3]]])
                    ),
                    y,
                    my
                );
                o.Equal(new Managed([b, n, l], scores.Rows(r => [Math.Log(r.Sum(v => Math.Exp(v)))]).Values), lse, mLse);
                var (dQ, dK, dV) = Ops.FlashAttentionCpuBackward(
                    y,
                    q.Cpu.Contiguous(),
                    k.Cpu.Contiguous(),
                    v.Cpu.Contiguous(),
                    y,
                    lse,
                    true,
                    0.3
                );
                var (mQ, mK, mV) = Ops.FlashAttentionCpuBackward(my, q.Meta, k.Meta, v.Meta, my, mLse, true, 0.3);
                Operands.Twin(dQ, mQ);
                Operands.Twin(dK, mK);
                Operands.Twin(dV, mV);
            }
        );

    private static void Holds(DType dtype, Action<Operands> body) =>
        Property.Holds(
            25,
            random =>
            {
                using var scope = new TensorScope();
                body(new Operands(random, dtype));
            }
        );

    private static Managed Product(Managed a, Managed b) =>
        Managed.Build([a.Sizes[0], b.Sizes[1]], i => Enumerable.Range(0, (int)a.Sizes[1]).Sum(j => a[[i[0], j]] * b[[j, i[1]]]));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Gelu(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    private static double GeluSlope(double x)
    {
        var tanh = Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x));
        return 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * Math.Sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    }

    private static double[] Softmax(double[] row)
    {
        var total = row.Sum(v => Math.Exp(v));
        return [.. row.Select(v => Math.Exp(v) / total)];
    }
}
