using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>
/// The rows, sorted by expert, of the tokens of one adapter: each of its tokens has one row per chosen expert, so that their number is
/// known on the host. In ascending order, they are sorted by expert as well.
/// </summary>
/// <param name="Slot">The slot of the adapter.</param>
/// <param name="Rows">(m) int64, ascending: where they are among all; null for all of them.</param>
/// <param name="Groups">The rows of each expert, counted within these rows; groups of all rows are borrowed.</param>
/// <remarks>T tokens, E experts, k chosen per token, M = T k rows, m of them here.</remarks>
public sealed record ExpertAdapterRows(int Slot, Tensor? Rows, ExpertGroups Groups) : IDisposable
{
    /// <summary>The rows of each of some adapters.</summary>
    /// <param name="adapters">Their tokens.</param>
    /// <param name="inverse">(M) int64: where each token's rows are.</param>
    /// <param name="chosen">k</param>
    /// <param name="groups">The groups of all rows.</param>
    public static IReadOnlyList<ExpertAdapterRows> Of(IEnumerable<AdapterRows> adapters, Tensor inverse, int chosen, ExpertGroups groups) =>
        [
            .. adapters.Select(rows =>
                rows.IsAll ? new ExpertAdapterRows(rows.Slot, null, groups) : Some(rows, inverse.View(-1, chosen), groups)
            ),
        ];

    /// <summary>These rows of all: (M, …) gives (m, …); <paramref name="x"/> itself where they are all.</summary>
    public Tensor Take(Tensor x) => Rows is null ? x : Ops.Rows(x, Rows);

    /// <summary>Writes back rows that were taken and changed.</summary>
    /// <param name="x">(M, …), where they were taken from.</param>
    /// <param name="values">(m, …)</param>
    /// <returns>x with the values in it; the values themselves where they are all.</returns>
    public Tensor Put(Tensor x, Tensor values) => Rows is null ? values : Ops.SetRowsInPlace(x, Rows, values);

    /// <summary>Removes owned tensors from their scope, for a backward pass.</summary>
    public void Keep()
    {
        if (Rows is null)
            return;
        TensorScope.Keep(Rows);
        TensorScope.Keep(Groups.Offsets);
    }

    public void Dispose()
    {
        if (Rows is null)
            return;
        Rows.Dispose();
        Groups.Dispose();
    }

    private static ExpertAdapterRows Some(AdapterRows rows, Tensor places, ExpertGroups groups)
    {
        using var scope = new TensorScope();
        var (sorted, _) = Ops.SortStable(rows.Take(places).View(-1)); // (m) int64
        // How many are before each expert's end; exact in float64.
        var ends = Ops.CountNotLarger(sorted.To(DType.Float64), Ops.Add(groups.Offsets.To(DType.Float64), -0.5)); // (E) int32
        return new ExpertAdapterRows(rows.Slot, scope.Return(sorted), new ExpertGroups(scope.Return(ends), groups.Kernels));
    }
}
