using Litre.Kernels;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <content>Operations of Litre's own kernels on CUDA in bf16, and of plain operators elsewhere.</content>
internal static partial class OperatorCases
{
    public const string FusedFamily = "fused";

    private const int Chosen = 8,
        Experts = 60;

    private static IEnumerable<OperatorCase> Fused()
    {
        // Widths that are a multiple of the vector width, and others.
        foreach (var width in (int[])[72, 67])
        {
            yield return new OperatorCase(
                FusedFamily,
                $"swiglu with weights and backward, width {width}",
                [nameof(KernelOps.SwiGlu), nameof(KernelOps.SwiGluBackward)],
                run =>
                {
                    var (x, weights, dY) = (run.Normal(Rows, 2 * width), run.Positive(Rows, 1), run.Normal(Rows, width));
                    run.Path = FusedPath(run, SwiGlu.Kernel, x.Actual);
                    run.Check(o => SwiGlu.Forward(o[0], null, run.Kernels), x);
                    run.Check(o => SwiGlu.Forward(o[0], o[1], run.Kernels), x, weights);
                    run.Check(o => SwiGlu.Backward(o[0], o[1], null, run.Kernels).DX, dY, x);
                    // The plain operators overwrite their input.
                    run.Check(o => SwiGlu.Backward(o[0].Clone(), o[1], o[2], run.Kernels).DX, dY, x, weights);
                    run.Check(o => SwiGlu.Backward(o[0].Clone(), o[1], o[2], run.Kernels).DWeights!, dY, x, weights);
                }
            );
            yield return new OperatorCase(
                FusedFamily,
                $"combine, width {width}",
                [nameof(KernelOps.CombineRows)],
                run =>
                {
                    var (rows, inverse, residual) = (
                        run.Normal(Rows * Chosen, width),
                        run.Permutation(Rows * Chosen),
                        run.Normal(Rows, width)
                    );
                    run.Path = FusedPath(run, TokenCombine.Kernel, rows.Actual);
                    run.Check(o => TokenCombine.Forward(o[0], o[1], Chosen, o[2], run.Kernels), rows, inverse, residual);
                }
            );
            yield return new OperatorCase(
                FusedFamily,
                $"spread, width {width}",
                [nameof(KernelOps.SpreadRows)],
                run =>
                {
                    var (x, inverse) = (run.Normal(Rows, width), run.Permutation(Rows * Chosen));
                    run.Path = FusedPath(run, TokenSpread.Kernel, x.Actual);
                    var tokens = new long[Rows * Chosen];
                    foreach (var (place, i) in inverse.Exact.ToArray<long>().Select((place, i) => (place, i)))
                        tokens[place] = i / Chosen;
                    run.Check(
                        o => TokenSpread.Forward(o[0], o[1], o[2], Chosen, run.Kernels),
                        x,
                        run.Integers(tokens, tokens.Length),
                        inverse
                    );
                }
            )
            {
                Tolerance = 0,
            };
        }
        yield return new OperatorCase(
            FusedFamily,
            "head norms, rotary embedding and backward",
            [nameof(KernelOps.RotateHeads), nameof(KernelOps.RotateHeadsBackward)],
            HeadsAndBackward
        );
        yield return new OperatorCase(
            FusedFamily,
            "rotary embedding of the vision tower and backward",
            [nameof(KernelOps.RotateQueriesAndKeys), nameof(KernelOps.RotateQueriesAndKeysBackward)],
            TowerRotation
        );
        yield return new OperatorCase(
            FusedFamily,
            "residual, norm and backward",
            [nameof(KernelOps.AddRmsNorm), nameof(KernelOps.RmsNormBackwardAdd)],
            ResidualAndNorm
        );
        yield return new OperatorCase(
            FusedFamily,
            "residual, layer norm and backward",
            [nameof(KernelOps.AddLayerNorm), nameof(Ops.LayerNormBackward)],
            ResidualAndLayerNorm
        );
        yield return new OperatorCase(FusedFamily, "linear with gelu of the vision tower", [nameof(Ops.LinearGelu)], LinearAndGelu);
        yield return new OperatorCase(
            FusedFamily,
            "routing and backward",
            [nameof(KernelOps.Route), nameof(KernelOps.RouteBackward)],
            RoutingAndBackward
        );
        yield return new OperatorCase(
            FusedFamily,
            "sorting by expert",
            [nameof(KernelOps.SortByExpert)],
            run => SortingByExpert(run, 20 * Rows)
        )
        {
            Tolerance = 0,
        };
        yield return new OperatorCase(
            FusedFamily,
            "sorting few rows by expert",
            [nameof(KernelOps.SortByExpert)],
            run => SortingByExpert(run, 9)
        )
        {
            Tolerance = 0,
        };
        foreach (var capacity in (int[])[90, 300, 4200])
        {
            yield return new OperatorCase(
                FusedFamily,
                $"attention over a cache of {capacity}",
                [nameof(KernelOps.AttendCache)],
                run => AttentionOverCache(run, capacity)
            );
        }
        yield return new OperatorCase(FusedFamily, "adapters by row", [nameof(KernelOps.AddLoraRowsInPlace)], AdaptersByRow);
        // Rows per expert and widths such that each kind of tile is used.
        foreach (var (each, k, n) in ((int, int, int)[])[(5, 136, 72), (50, 136, 200), (50, 136, 16), (150, 72, 264)])
        {
            yield return new OperatorCase(
                FusedFamily,
                $"products by expert, {each} rows by {n} by {k}",
                [nameof(KernelOps.ExpertRows), nameof(KernelOps.AddExpertRowsInPlace), nameof(KernelOps.ExpertOuter)],
                run => ProductsByExpert(run, each, k, n)
            );
        }
    }

    private static void AdaptersByRow(CaseRun run)
    {
        const int Count = 6,
            Inputs = 264,
            Outputs = 300,
            Rank = 16;
        const float Scale = 0.5f;
        var (x, y) = (run.Normal(Count, Inputs), run.Normal(Count, Outputs));
        var (a, b) = (run.Normal(Rank, Inputs), run.Normal(Outputs, Rank));
        run.Path = FusedPath(run, LoraTable.Kernel, x.Actual);
        // The last rows are those of the base model.
        const int Adapted = 4;
        if (LoraTable.Kernel.Supports(x.Actual, run.Kernels))
        {
            long[] entry = [a.Actual.DataPointer, b.Actual.DataPointer, Rank | ((long)Rank << 32), BitConverter.SingleToUInt32Bits(Scale)];
            KernelOps.AddLoraRowsInPlace(
                y.Actual,
                x.Actual,
                Tensor.From<long>(entry, [1, 1, entry.Length], run.Device),
                Tensor.From<int>([0, Outputs], run.Device),
                Tensor.From<long>([.. Enumerable.Range(0, Count).Select(row => row < Adapted ? 0L : -1)], run.Device)
            );
        }
        else
        {
            AddPlainly(x.Actual, y.Actual, a.Actual, b.Actual);
        }
        AddPlainly(x.Exact, y.Exact, a.Exact, b.Exact);
        run.Compare(y.Actual, y.Exact);

        static void AddPlainly(Tensor x, Tensor y, Tensor a, Tensor b) =>
            Ops.AddMatMulInPlace(y.Slice(0, 0, Adapted), Ops.Linear(x.Slice(0, 0, Adapted), a), b.Transposed(), 1, Scale);
    }

    private static void ResidualAndNorm(CaseRun run)
    {
        const int Hidden = 1032;
        var (x, delta, dY, residual) = (
            run.Normal(Rows, Hidden),
            run.Normal(Rows, Hidden),
            run.Normal(Rows, Hidden),
            run.Normal(Rows, Hidden)
        );
        run.Path = FusedPath(run, RmsNorm.ResidualKernel, x.Actual);
        using var norm = new RmsNorm(
            new RandomSource(run.DType, run.Device, run.Next(int.MaxValue)) { Jitter = 0.5, Kernels = run.Kernels },
            "norm",
            Hidden,
            Eps
        );
        var (h, y, saved) = norm.AddForward(x.Actual, delta.Actual.Clone(), Pass.Training);
        using var kept = saved; // freed by the backward, unless that fails
        var dX = norm.BackwardAdd(dY.Actual, saved!, residual.Actual);
        var (weight, sum) = (Exact(norm.Weight.Value), Ops.Add(x.Exact, delta.Exact));
        var (unit, root) = Unit(sum);
        run.Compare(h, sum);
        run.Compare(y, Ops.Mul(unit, weight));
        run.Compare(dX, Ops.Add(residual.Exact, UnitBackward(Ops.Mul(dY.Exact, weight), unit, root)));
        run.Compare(norm.Forward(x.Actual, Pass.Inference).Y, Ops.Mul(Unit(x.Exact).Unit, weight));
    }

    private static void ResidualAndLayerNorm(CaseRun run)
    {
        const int Hidden = 1160;
        var (x, delta, dY) = (run.Normal(Rows, Hidden), run.Normal(Rows, Hidden), run.Normal(Rows, Hidden));
        run.Path = FusedPath(run, LayerNorm.ResidualKernel, x.Actual);
        using var norm = new LayerNorm(
            new RandomSource(run.DType, run.Device, run.Next(int.MaxValue)) { Jitter = 0.5, Kernels = run.Kernels },
            "norm",
            Hidden
        );
        var (h, y, saved) = norm.AddForward(x.Actual, delta.Actual.Clone(), Pass.Training);
        using var kept = saved; // freed by the backward, unless that fails
        var dX = norm.Backward(dY.Actual, saved!);
        var (weight, bias, sum) = (Exact(norm.Weight.Value), Exact(norm.Bias.Value), Ops.Add(x.Exact, delta.Exact));
        var (unit, root) = Unit(Centered(sum));
        run.Compare(h, sum);
        run.Compare(y, Ops.Add(Ops.Mul(unit, weight), bias));
        run.Compare(dX, Centered(UnitBackward(Ops.Mul(dY.Exact, weight), unit, root)));
        run.Compare(norm.AddForward(x.Actual, null, Pass.Inference).Y, Ops.Add(Ops.Mul(Unit(Centered(x.Exact)).Unit, weight), bias));
    }

    private static void LinearAndGelu(CaseRun run)
    {
        const int Hidden = 136,
            Inner = 264;
        var x = run.Normal(Rows, Hidden);
        run.Path = FusedPath(run, GeluMlp.Kernel, x.Actual, "within the product");
        using var mlp = new GeluMlp(
            new RandomSource(run.DType, run.Device, run.Next(int.MaxValue)) { Jitter = 0.5, Kernels = run.Kernels },
            "first",
            "second",
            Hidden,
            Inner,
            Hidden,
            tanh: true
        );
        Tensor Product(Tensor of, Linear linear) => Ops.Linear(of, Exact(linear.Parts[0].Weight.Value), Exact(linear.Parts[0].Bias!.Value));
        run.Compare(mlp.Forward(x.Actual, Pass.Inference).Y, Product(Ops.Gelu(Product(x.Exact, mlp.First), tanh: true), mlp.Second));
    }

    private static void HeadsAndBackward(CaseRun run)
    {
        const int Heads = 6,
            KeyHeads = 2,
            HeadWidth = 128;
        var (qkv, query, key) = (run.Normal(Rows, (Heads + 2 * KeyHeads) * HeadWidth), run.Normal(HeadWidth), run.Normal(HeadWidth));
        var (dQ, dK, dV) = (
            run.Normal(Rows, Heads, HeadWidth),
            run.Normal(Rows, KeyHeads, HeadWidth),
            run.Normal(Rows, KeyHeads, HeadWidth)
        );
        run.Path = FusedPath(run, HeadRotation.Kernel, qkv.Actual);
        var angles = new float[Rows * HeadWidth / 2];
        for (var i = 0; i < angles.Length; i++)
            angles[i] = run.Next(1 << 16) / (float)(1 << 12);
        var (y, dX) = Both(o => o.Actual);
        var (exactY, exactDX) = Both(o => o.Exact);
        run.Compare(y, exactY);
        run.Compare(dX, exactDX);

        (Tensor Y, Tensor DX) Both(Func<Operand, Tensor> side)
        {
            var x = side(qkv);
            using var rotary = new Rotary(angles, Rows, x.DType, x.Device);
            using var queryNorm = new Parameter("query", side(query));
            using var keyNorm = new Parameter("key", side(key));
            var (rotated, rstd) = HeadRotation.Forward(x, queryNorm, keyNorm, rotary, Heads, KeyHeads, Eps, run.Kernels);
            return (
                rotated,
                HeadRotation.Backward(side(dQ).Clone(), side(dK).Clone(), side(dV), x, rstd, queryNorm, keyNorm, rotary, run.Kernels)
            );
        }
    }

    private static void TowerRotation(CaseRun run)
    {
        const int Heads = 4,
            HeadWidth = 72;
        var qkv = run.Normal(Rows, 3 * Heads * HeadWidth);
        var (dQ, dK, dV) = (run.Normal(Rows, Heads, HeadWidth), run.Normal(Rows, Heads, HeadWidth), run.Normal(Rows, Heads, HeadWidth));
        run.Path = FusedPath(run, VisionRotation.Kernel, qkv.Actual);
        var angles = new float[Rows * HeadWidth / 2];
        for (var i = 0; i < angles.Length; i++)
            angles[i] = run.Next(1 << 16) / (float)(1 << 12);
        using var here = new Rotary(angles, Rows, run.DType.Accumulate(), run.Device);
        using var exact = new Rotary(angles, Rows, DType.Float64, Device.Cpu);
        run.Compare(
            VisionRotation.Forward(qkv.Actual, here, Heads, run.Kernels),
            VisionRotation.Forward(qkv.Exact, exact, Heads, run.Kernels)
        );
        run.Compare(
            VisionRotation.Backward(dQ.Actual, dK.Actual, dV.Actual, here, run.Kernels),
            VisionRotation.Backward(dQ.Exact, dK.Exact, dV.Exact, exact, run.Kernels)
        );
    }

    private static void RoutingAndBackward(CaseRun run)
    {
        // No two logits of a token are equal, so that the result is unique.
        var places = new long[Rows * Experts];
        for (var t = 0; t < Rows; t++)
            run.Permutation(Experts).Exact.ToArray<long>().CopyTo(places, t * Experts);
        var logits = run.Integers(places, Rows, Experts);
        logits = new Operand(Ops.Mul(logits.Actual.To(run.DType), 1.0 / 16), Ops.Mul(logits.Exact.To(DType.Float64), 1.0 / 16));
        var dWeights = run.Normal(Rows, Chosen);
        run.Path = FusedPath(run, ExpertRouting.Kernel, logits.Actual);
        var (chosen, weights, saved) = ExpertRouting.Forward(logits.Actual, Chosen, null, save: true, run.Kernels);
        var (exactChosen, exactWeights, exactSaved) = ExpertRouting.Forward(logits.Exact, Chosen, null, save: true, run.Kernels);
        using var kept = saved; // freed by the backward, unless that fails
        run.Compare(chosen, exactChosen);
        run.Compare(weights, exactWeights);
        run.Compare(ExpertRouting.Backward(dWeights.Actual, saved!), ExpertRouting.Backward(dWeights.Exact, exactSaved!));
    }

    private static void SortingByExpert(CaseRun run, int tokens)
    {
        var (chosen, weights) = (run.Integers(Experts, tokens, Chosen), run.Normal(tokens, Chosen));
        run.Path = FusedPath(run, ExpertSort.Kernel, weights.Actual);
        var (owners, inverse, sorted, groups) = ExpertSort.Forward(chosen.Actual, weights.Actual, Experts, run.Kernels);
        var (exactOwners, exactInverse, exactSorted, exactGroups) = ExpertSort.Forward(chosen.Exact, weights.Exact, Experts, run.Kernels);
        run.Compare(owners, exactOwners);
        run.Compare(inverse, exactInverse);
        run.Compare(sorted, exactSorted);
        run.Compare(groups.Offsets, exactGroups.Offsets);
    }

    private static void AttentionOverCache(CaseRun run, int capacity)
    {
        const int Heads = 8,
            KeyHeads = 2,
            Width = 64;
        int[] lengths = [capacity, 1, capacity / 2];
        var (q, k, v) = (
            run.Normal(lengths.Length, Heads, Width),
            run.Normal(lengths.Length, KeyHeads, Width),
            run.Normal(lengths.Length, KeyHeads, Width)
        );
        var (keys, values) = (
            run.Normal(lengths.Length * capacity, KeyHeads, Width),
            run.Normal(lengths.Length * capacity, KeyHeads, Width)
        );
        run.Path = FusedPath(run, DecodeAttention.Kernel, q.Actual);
        var (here, exact) = (After(o => o.Actual), After(o => o.Exact));
        run.Compare(here, exact);

        Tensor After(Func<Operand, Tensor> side)
        {
            var (here, cacheKeys, cacheValues) = (side(q), side(keys).Clone(), side(values).Clone());
            using var queries = new SequenceLayout([1, 1, 1], here.Device);
            using var layout = SequenceLayout.Growing([.. lengths.Select((_, s) => s * capacity)], lengths, capacity, here.Device);
            return DecodeAttention.Supports(here, side(k), queries, layout, run.Kernels)
                ? DecodeAttention.Forward(here, side(k), side(v), cacheKeys, cacheValues, layout)
                : DecodeAttention.Plain(here, side(k), side(v), cacheKeys, cacheValues, layout);
        }
    }

    // In bf16 Litre's own kernels, even where a run uses libtorch's.
    private static void ProductsByExpert(CaseRun run, int each, int k, int n)
    {
        int[] lengths = [each, 0, 2 * each - 1, each / 2];
        var (x, y) = (run.Normal(lengths.Sum(), k), run.Normal(lengths.Sum(), n));
        var (flat, deep) = (run.Normal(lengths.Length, k, n), run.Normal(lengths.Length, n, k));
        run.Path = FusedPath(run, GroupedProduct.Kernel, x.Actual);
        var kernel = GroupedProduct.Kernel.Supports(x.Actual, run.Kernels) ? GroupedKernel.Own : GroupedKernel.None;
        var end = 0;
        int[] ends = [.. lengths.Select(length => end += length)];
        var (found, expected) = (Results(o => o.Actual, kernel), Results(o => o.Exact, GroupedKernel.None));
        foreach (var (one, exact) in found.Zip(expected))
            run.Compare(one, exact);

        Tensor[] Results(Func<Operand, Tensor> side, GroupedKernel by)
        {
            using var groups = new ExpertGroups(Tensor.From(ends, side(x).Device), run.Kernels);
            var sums = Tensor.Zeros([lengths.Length, n, k], side(x).DType.Accumulate(), side(x).Device);
            GroupedProduct.AccumulateOuter(sums, side(y), side(x), groups, by);
            return
            [
                GroupedProduct.Rows(side(x), side(flat), groups, by),
                GroupedProduct.Rows(side(x), side(deep).Transposed(), groups, by),
                GroupedProduct.AddRows(side(y).Clone(), side(x), side(flat), groups, by, 0.5),
                sums,
            ];
        }
    }

    private static OperatorPath FusedPath(CaseRun run, FusedOperation kernel, Tensor x, string fused = "own kernel") =>
        kernel.Supports(x, run.Kernels)
            ? new OperatorPath(fused)
            : new OperatorPath("plain operators", IsFallback: x.Device.UsesCuda && x.DType == DType.BFloat16);
}
