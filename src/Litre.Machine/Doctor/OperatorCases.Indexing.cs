using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <content>Choosing, sorting and moving rows. Moved values must be identical bit for bit; if equal elements leave the choice open, the
/// elements are compared.</content>
internal static partial class OperatorCases
{
    private static IEnumerable<OperatorCase> Indexing()
    {
        const string Family = "indexing";
        yield return Simple(
            Family,
            "index_select",
            [nameof(Ops.Rows)],
            o => Ops.Rows(o[0], o[1]),
            c => [c.Normal(Rows, Width), c.Integers(Rows, 51)]
        ) with
        {
            Tolerance = 0,
        };
        yield return Simple(
            Family,
            "index_copy",
            [nameof(Ops.SetRowsInPlace)],
            o => Ops.SetRowsInPlace(o[0].Clone(), o[1], o[2]),
            c => [c.Normal(Rows, Width), c.Permutation(Rows), c.Normal(Rows, Width)]
        ) with
        {
            Tolerance = 0,
        };
        yield return Simple(
            Family,
            "embedding backward",
            [nameof(Ops.RowsBackward)],
            o => Ops.RowsBackward(o[0], o[1], Rows),
            c => [c.Normal(51, Width), c.Integers(Rows, 51)]
        );
        yield return Simple(
            Family,
            "gather",
            [nameof(Ops.Gather)],
            o => Ops.Gather(o[0], o[1]),
            c => [c.Normal(Rows, Width), c.Integers(Width, Rows, 8)]
        ) with
        {
            Tolerance = 0,
        };
        yield return Simple(
            Family,
            "scatter_add",
            [nameof(Ops.ScatterAddInPlace)],
            o => Ops.ScatterAddInPlace(o[0].Clone(), o[1], o[2]),
            c => [c.Normal(Rows, Width), c.Integers(Width, Rows, 1), c.Normal(Rows, 1)]
        );
        // Adapters are merged on the CPU, in float64, whatever the device is.
        yield return Simple(
            Family,
            "qr",
            [nameof(Ops.Qr)],
            o =>
            {
                var (q, r) = Ops.Qr(OnHost(o[0]));
                return Ops.MatMul(q, r).To(o[0].DType).To(o[0].Device);
            },
            c => [c.Normal(40, 24)]
        );
        yield return Simple(
            Family,
            "svd",
            [nameof(Ops.Svd)],
            o => Ops.Svd(OnHost(o[0])).S.To(o[0].DType).To(o[0].Device),
            c => [c.Normal(40, 24)]
        );
        yield return Simple(Family, "topk", [nameof(Ops.TopK)], o => Ops.TopK(o[0], 8).Values, c => [c.Normal(Rows, 128)]) with
        {
            Tolerance = 0,
        };
        yield return new OperatorCase(
            Family,
            "topk's indices",
            [nameof(Ops.TopK)],
            run =>
            {
                var x = run.Normal(Rows, 128);
                var (values, indices) = Ops.TopK(x.Actual, 8);
                run.Compare(values, Ops.Gather(x.Exact, indices.To(Device.Cpu)));
            }
        )
        {
            Tolerance = 0,
        };
        yield return new OperatorCase(
            Family,
            "argmax",
            [nameof(Ops.ArgMax)],
            run =>
            {
                var x = run.Normal(Rows, Width);
                run.Compare(Ops.Gather(x.Exact, Ops.ArgMax(x.Actual).To(Device.Cpu).View(Rows, 1)), Ops.TopK(x.Exact, 1).Values);
            }
        )
        {
            Tolerance = 0,
        };
        yield return new OperatorCase(
            Family,
            "sort and searchsorted",
            [nameof(Ops.SortStable), nameof(Ops.CountNotLarger)],
            run =>
            {
                var (experts, numbers) = (run.Integers(16, 301), run.Integers([.. Enumerable.Range(0, 16).Select(i => (long)i)], 16));
                // Equal elements keep their order, so the positions are determined too.
                run.Check(o => Ops.SortStable(o[0]).Values, experts);
                run.Check(o => Ops.SortStable(o[0]).Indices, experts);
                run.Check(o => Ops.CountNotLarger(Ops.SortStable(o[0]).Values, o[1]), experts, numbers);
            }
        )
        {
            Types = IntegerTypes,
        };
        yield return Simple(
            Family,
            "cat",
            [nameof(Ops.Concat)],
            o => Ops.Concat([o[0], o[1].Transposed()], 1),
            c => [c.Normal(Rows, 5), c.Normal(Width, Rows)]
        ) with
        {
            Tolerance = 0,
        };
        yield return Simple(Family, "roll", [nameof(Ops.RollLast)], o => Ops.RollLast(o[0], 17), c => [c.Normal(Rows, Width)]) with
        {
            Tolerance = 0,
        };
    }

    private static Tensor OnHost(Tensor x) => x.To(Device.Cpu).To(DType.Float64);
}
