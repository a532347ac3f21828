using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <content>Matrix products, single and grouped by expert.</content>
internal static partial class OperatorCases
{
    private const int M = 33,
        K = 67,
        N = 29; // rows, inner and outer width

    private static IEnumerable<OperatorCase> Products()
    {
        const string Family = "products";
        yield return Simple(Family, "linear", [nameof(Ops.Linear)], o => Ops.Linear(o[0], o[1]), c => [c.Normal(M, K), c.Normal(N, K)]);
        yield return Simple(
            Family,
            "linear with bias",
            [nameof(Ops.Linear)],
            o => Ops.Linear(o[0], o[1], o[2]),
            c => [c.Normal(M, K), c.Normal(N, K), c.Normal(N)]
        );
        yield return Simple(Family, "mm", [nameof(Ops.MatMul)], o => Ops.MatMul(o[0], o[1]), c => [c.Normal(M, K), c.Normal(K, N)]);
        yield return Simple(
            Family,
            "mm, transposed",
            [nameof(Ops.MatMul)],
            o => Ops.MatMul(o[0].Transposed(), o[1]),
            c => [c.Normal(K, M), c.Normal(K, N)]
        );
        yield return Simple(
            Family,
            "bmm",
            [nameof(Ops.BatchMatMul)],
            o => Ops.BatchMatMul(o[0], o[1].Transposed()),
            c => [c.Normal(3, M, K), c.Normal(3, N, K)]
        );
        yield return Simple(
            Family,
            "addmm",
            [nameof(Ops.AddMatMulInPlace)],
            o => Ops.AddMatMulInPlace(o[0].Clone(), o[1], o[2], 0.5, 2),
            c => [c.Normal(M, N), c.Normal(M, K), c.Normal(K, N)]
        );
        yield return Simple(
            Family,
            "addmm into float32",
            [nameof(Ops.AddMatMulInPlace)],
            o => Ops.AddMatMulInPlace(o[0].To(o[0].DType.Accumulate()).Clone(), o[1], o[2]),
            c => [c.Normal(M, N), c.Normal(M, K), c.Normal(K, N)]
        );
        yield return Simple(Family, "dot", [nameof(Ops.Dot)], o => Ops.Dot(o[0], o[0]), c => [c.Normal(1023)]) with
        {
            Types = [DType.Float32],
        };
    }

    // Rows sorted by expert, in numbers and widths that libtorch's kernel supports; one expert has none.
    private static IEnumerable<OperatorCase> Grouped(CudaDeviceInfo? gpu)
    {
        int[] ends = [57, 57, 90, 91, 141];
        foreach (var (k, n) in ((int, int)[])[(72, 40), (37, 19)])
        {
            var widths = k % 8 == 0 ? "" : ", odd widths";
            yield return new OperatorCase(
                GroupedFamily,
                "grouped mm" + widths,
                [nameof(Ops.GroupedMatMul)],
                run =>
                {
                    var (rows, matrices) = (run.Normal(ends[^1], k), run.Normal(ends.Length, k, n));
                    run.Path = GroupedPath(GroupedProduct.KernelFor(rows.Actual, k, n, ends.Length, run.Kernels), gpu);
                    run.Compare(GroupedRows(run, rows.Actual, matrices.Actual), PerExpert(rows.Exact, matrices.Exact));
                    // The other layout that checkpoints use.
                    var turned = run.Normal(ends.Length, n, k).Map(t => t.Transposed());
                    run.Compare(GroupedRows(run, rows.Actual, turned.Actual), PerExpert(rows.Exact, turned.Exact));
                }
            );
            yield return new OperatorCase(
                GroupedFamily,
                "grouped weight gradient" + widths,
                [nameof(Ops.GroupedOuter)],
                run =>
                {
                    var (a, b) = (run.Normal(ends[^1], n), run.Normal(ends[^1], k));
                    run.Path = GroupedPath(GroupedProduct.KernelFor(a.Actual, n, k, ends.Length, run.Kernels), gpu);
                    var gradient = Tensor.Zeros([ends.Length, n, k], run.DType.Accumulate(), run.Device);
                    using var groups = Groups(run);
                    GroupedProduct.AccumulateOuter(gradient, a.Actual, b.Actual, groups);
                    var exact = Tensor.Zeros(gradient.Sizes, DType.Float64, Device.Cpu);
                    ForEach(
                        (e, start, length) =>
                            exact
                                .Slice(0, e, 1)
                                .View(n, k)
                                .CopyFrom(Ops.MatMul(a.Exact.Slice(0, start, length).Transposed(), b.Exact.Slice(0, start, length)))
                    );
                    run.Compare(gradient, exact);
                }
            );
        }

        Tensor GroupedRows(CaseRun run, Tensor rows, Tensor matrices)
        {
            using var groups = Groups(run);
            return GroupedProduct.Rows(rows, matrices, groups);
        }

        Tensor PerExpert(Tensor rows, Tensor matrices)
        {
            var y = Tensor.Zeros([rows.Size(0), matrices.Size(2)], DType.Float64, Device.Cpu);
            ForEach(
                (e, start, length) =>
                    y.Slice(0, start, length)
                        .CopyFrom(
                            Ops.MatMul(
                                rows.Slice(0, start, length),
                                matrices.AsStrided(matrices.Sizes[1..], matrices.Strides[1..], e * matrices.Strides[0])
                            )
                        )
            );
            return y;
        }

        ExpertGroups Groups(CaseRun run) => new(Tensor.From(ends, run.Device), run.Kernels);

        void ForEach(Action<int, int, int> expert)
        {
            for (var e = 0; e < ends.Length; e++)
            {
                var start = e == 0 ? 0 : ends[e - 1];
                if (ends[e] > start)
                    expert(e, start, ends[e] - start);
            }
        }
    }
}
