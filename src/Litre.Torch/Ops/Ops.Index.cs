namespace Litre.Torch;

public static partial class Ops
{
    /// <summary>Rows <paramref name="index"/> (int64 or int32 vector) of <paramref name="x"/> along its first dimension.</summary>
    public static Tensor Rows(Tensor x, Tensor index)
    {
        SameDevice("aten::index_select"u8, x, index);
        if (index.Rank != 1 || x.Rank < 1)
            throw Refuse("aten::index_select"u8, $"{index} is not a vector of row indices for {x}");
        var sizes = x.Sizes.ToArray();
        sizes[0] = index.Size(0);
        if (x.Device.IsMeta)
        {
            var rows = Meta(sizes, x.DType, x.Device, index);
            Tally?.Add(0, x.DType, rows.Bytes); // only the chosen rows of the table are read
            return rows;
        }
        var call = new OpCall("aten::index_select"u8);
        call.Push(x);
        call.Push(0L);
        call.Push(index);
        if (call.IsProfiled)
            call.AddTraffic(2.0 * Shape.Count(sizes) * x.DType.Bytes() + index.Bytes);
        return Finish(ref call, sizes, x.DType, x.Device);
    }

    /// <summary>Overwrites rows <paramref name="index"/> of <paramref name="x"/> with those of <paramref name="values"/>.</summary>
    public static Tensor SetRowsInPlace(Tensor x, Tensor index, Tensor values)
    {
        Same("aten::index_copy_"u8, x, values);
        if (index.Rank != 1 || x.Rank != values.Rank || values.Size(0) != index.Size(0) || !x.Sizes[1..].SequenceEqual(values.Sizes[1..]))
            throw Refuse("aten::index_copy_"u8, $"{values} does not fit rows {index} of {x}");
        Calls++;
        if (x.Device.IsMeta)
        {
            Count(0, values, values, index);
            return x;
        }
        var call = new OpCall("aten::index_copy_"u8);
        call.Push(x);
        call.Push(0L);
        call.Push(index);
        call.Push(values);
        if (call.IsProfiled)
            call.AddTraffic(Traffic(values, values, index));
        call.Run();
        call.Discard(0);
        return x;
    }

    /// <summary>
    /// Gradient of <see cref="Rows"/> over a table of <paramref name="rows"/> rows: dY's rows added to the rows they came from.
    /// Deterministic on every device.
    /// </summary>
    /// <param name="dY">(T, H)</param>
    /// <param name="index">(T) int64</param>
    /// <param name="rows">Rows of the table.</param>
    public static Tensor RowsBackward(Tensor dY, Tensor index, long rows)
    {
        SameDevice("aten::embedding_dense_backward"u8, dY, index);
        if (dY.Rank != 2 || index.Rank != 1 || dY.Size(0) != index.Size(0))
            throw Refuse("aten::embedding_dense_backward"u8, $"gradient {dY} and indices {index} do not match");
        long[] sizes = [rows, dY.Size(1)];
        if (dY.Device.IsMeta)
            return Meta(sizes, dY.DType, dY.Device, dY, index);
        var call = new OpCall("aten::embedding_dense_backward"u8);
        call.Push(dY);
        call.Push(index);
        call.Push(rows);
        call.Push(-1L);
        call.Push(false);
        return Finish(ref call, sizes, dY.DType, dY.Device);
    }

    /// <summary>For each row, the elements at that row's int64 indices: (R, n) and (R, m) give (R, m).</summary>
    public static Tensor Gather(Tensor x, Tensor index)
    {
        SameDevice("aten::gather"u8, x, index);
        if (x.Rank != index.Rank || !x.Sizes[..^1].SequenceEqual(index.Sizes[..^1]))
            throw Refuse("aten::gather"u8, $"indices {index} do not match {x}");
        if (x.Device.IsMeta)
            return Meta(index.Sizes, x.DType, x.Device, index, index);
        var call = new OpCall("aten::gather"u8);
        call.Push(x);
        call.Push(x.Rank - 1);
        call.Push(index);
        call.Push(false);
        if (call.IsProfiled)
            call.AddTraffic(2.0 * index.Count * x.DType.Bytes() + index.Bytes);
        return Finish(ref call, index.Sizes, x.DType, x.Device);
    }

    /// <summary><c>x[i, index[i, j]] += values[i, j]</c> in place along the last dimension; indices of a row differ.</summary>
    public static Tensor ScatterAddInPlace(Tensor x, Tensor index, Tensor values)
    {
        Same("aten::scatter_add_"u8, x, values);
        if (x.Rank != index.Rank || !x.Sizes[..^1].SequenceEqual(index.Sizes[..^1]) || !index.Sizes.SequenceEqual(values.Sizes))
            throw Refuse("aten::scatter_add_"u8, $"values {values} and indices {index} do not match {x}");
        Calls++;
        if (x.Device.IsMeta)
        {
            Count(0, values, values, index);
            return x;
        }
        var call = new OpCall("aten::scatter_add_"u8);
        call.Push(x);
        call.Push(x.Rank - 1);
        call.Push(index);
        call.Push(values);
        if (call.IsProfiled)
            call.AddTraffic(Traffic(values, values, index));
        call.Run();
        call.Discard(0);
        return x;
    }

    /// <summary>Tensors of one type laid end to end along a dimension.</summary>
    public static Tensor Concat(ReadOnlySpan<Tensor> parts, int dim)
    {
        if (parts.Length == 0)
            throw Refuse("aten::cat"u8, "no tensors to concatenate");
        dim = Dimension("aten::cat"u8, parts[0], dim);
        var sizes = parts[0].Sizes.ToArray();
        for (var i = 1; i < parts.Length; i++)
        {
            Same("aten::cat"u8, parts[0], parts[i]);
            for (var d = 0; d < sizes.Length; d++)
            {
                if (parts[i].Rank != sizes.Length || (d != dim && parts[i].Size(d) != sizes[d]))
                    throw Refuse("aten::cat"u8, $"{parts[0]} and {parts[i]} differ outside dimension {dim}");
            }
            sizes[dim] += parts[i].Size(dim);
        }
        if (parts[0].Device.IsMeta)
            return Meta(sizes, parts[0].DType, parts[0].Device, parts);
        var call = new OpCall("aten::cat"u8);
        call.Push(parts);
        call.Push((long)dim);
        return Finish(ref call, sizes, parts[0].DType, parts[0].Device);
    }

    /// <summary>Elements of <paramref name="a"/> where the bool tensor is true, else of <paramref name="b"/>.</summary>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b)
    {
        Same("aten::where"u8, a, b);
        var sizes = Shape.Broadcast("where", condition.Sizes, Shape.Broadcast("where", a.Sizes, b.Sizes));
        if (a.Device.IsMeta)
            return Meta(sizes, a.DType, a.Device, condition, a, b);
        var call = new OpCall("aten::where"u8, "self"u8);
        call.Push(condition);
        call.Push(a);
        call.Push(b);
        return Finish(ref call, sizes, a.DType, a.Device);
    }
}
