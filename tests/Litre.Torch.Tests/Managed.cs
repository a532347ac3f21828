namespace Litre.Torch.Tests;

/// <summary>A dense array with sizes, on which operators are written out by their definition.</summary>
internal sealed record Managed(long[] Sizes, double[] Values)
{
    public double this[ReadOnlySpan<long> index]
    {
        get
        {
            var at = 0L;
            for (var d = 0; d < Sizes.Length; d++)
                at = at * Sizes[d] + index[d];
            return Values[at];
        }
    }

    /// <summary>Each element by its index.</summary>
    public static Managed Build(long[] sizes, Func<long[], double> element)
    {
        var values = new double[Shape.Count(sizes)];
        var index = new long[sizes.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var rest = (long)i;
            for (var d = sizes.Length - 1; d >= 0; d--)
            {
                index[d] = rest % sizes[d];
                rest /= sizes[d];
            }
            values[i] = element(index);
        }
        return new Managed(sizes, values);
    }

    public Managed Slice(int dim, long start, long length)
    {
        var sizes = (long[])Sizes.Clone();
        sizes[dim] = length;
        return Build(sizes, i => this[[.. i.Select((v, d) => d == dim ? v + start : v)]]);
    }

    public Managed Permute(int[] order) =>
        Build(
            [.. order.Select(d => Sizes[d])],
            i =>
            {
                var index = new long[i.Length];
                for (var d = 0; d < order.Length; d++)
                    index[order[d]] = i[d];
                return this[index];
            }
        );

    public Managed Map(Func<double, double> f) => new(Sizes, [.. Values.Select(f)]);

    /// <summary>Two operands broadcast by NumPy's rule.</summary>
    public static Managed Zip(Managed a, Managed b, Func<double, double, double> f)
    {
        var sizes = Shape.Broadcast("zip", a.Sizes, b.Sizes);
        return Build(sizes, i => f(a.Broadcast(i), b.Broadcast(i)));
    }

    /// <summary>Each row of the last dimension by itself.</summary>
    public Managed Rows(Func<double[], double[]> f)
    {
        var width = (int)Sizes[^1];
        if (Values.Length == 0)
            return new Managed([.. Sizes[..^1], f(new double[width]).Length], []);
        var rows = Enumerable.Range(0, Values.Length / width).Select(r => f(Values[(r * width)..((r + 1) * width)])).ToArray();
        return new Managed([.. Sizes[..^1], rows[0].Length], [.. rows.SelectMany(r => r)]);
    }

    private double Broadcast(long[] index)
    {
        var own = new long[Sizes.Length];
        for (var d = 0; d < own.Length; d++)
            own[d] = Sizes[d] == 1 ? 0 : index[d + index.Length - own.Length];
        return this[own];
    }
}
