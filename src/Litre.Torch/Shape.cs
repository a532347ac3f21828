namespace Litre.Torch;

/// <summary>Arithmetic on tensor shapes, and their text in messages.</summary>
public static class Shape
{
    public static long Count(ReadOnlySpan<long> sizes)
    {
        var count = 1L;
        foreach (var size in sizes)
            count = checked(count * size);
        return count;
    }

    /// <summary>Strides of a dense row-major tensor, in elements.</summary>
    public static long[] ContiguousStrides(ReadOnlySpan<long> sizes)
    {
        var strides = new long[sizes.Length];
        var step = 1L;
        for (var i = sizes.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(sizes[i], 1);
        }
        return strides;
    }

    /// <summary>The shape two operands broadcast to, by NumPy's rule.</summary>
    public static long[] Broadcast(string op, ReadOnlySpan<long> a, ReadOnlySpan<long> b)
    {
        var rank = Math.Max(a.Length, b.Length);
        var sizes = new long[rank];
        for (var i = 0; i < rank; i++)
        {
            var x = i < rank - a.Length ? 1 : a[i - (rank - a.Length)];
            var y = i < rank - b.Length ? 1 : b[i - (rank - b.Length)];
            if (x != y && x != 1 && y != 1)
                throw new ArgumentException($"{op}: shapes {Text(a)} and {Text(b)} do not broadcast");
            sizes[i] = x == 1 ? y : x;
        }
        return sizes;
    }

    public static string Text(ReadOnlySpan<long> sizes) => $"({string.Join(", ", sizes.ToArray())})";
}
