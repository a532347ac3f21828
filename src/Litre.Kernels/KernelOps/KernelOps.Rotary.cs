using Litre.Torch;

namespace Litre.Kernels;

/// <content>Litre's own kernels for the vision tower's rotary embedding; shapes as in rotary.cu.</content>
public static partial class KernelOps
{
    private const int RotaryVector = 4;

    /// <summary>Rotary embedding of the query and key heads of (P, 3N D), with tables in float32. CUDA, bf16.</summary>
    /// <param name="qkv">(P, 3N D): queries, keys, values.</param>
    /// <param name="cos">(P, 1, D) float32, both halves equal.</param>
    /// <param name="sin">(P, 1, D) float32, the left half negated.</param>
    /// <param name="heads">N</param>
    /// <returns>(P, 2N, D)</returns>
    public static Tensor RotateQueriesAndKeys(Tensor qkv, Tensor cos, Tensor sin, int heads)
    {
        var (patches, width) = RotarySizes("rotate_queries_and_keys"u8, qkv, cos, sin, heads);
        var rotated = Tensor.Empty([patches, 2 * heads, width], qkv.DType, qkv.Device);
        if (!Starts(qkv.Device, rotated, rotated, cos, sin))
            return rotated; // only the rotated part of qkv is read
        var vector = RotaryChunk(width, qkv, rotated);
        var launch = new KernelLaunch(KernelSource.Rotary, vector == 1 ? "rotary_forward_1" : "rotary_forward_4");
        launch.Push(qkv, cos, sin, rotated);
        var items = patches * 2 * heads * (width / 2 / vector);
        launch.Push(items, heads, width);
        launch.Run(qkv.Device, items, BlockThreads, BlockThreads);
        return rotated;
    }

    /// <summary>The gradient of (P, 3N D) through <see cref="RotateQueriesAndKeys"/>, with the gradient of the values appended.</summary>
    /// <param name="dQuery">(P, N, D) of the rotated queries.</param>
    /// <param name="dKey">(P, N, D) of the rotated keys.</param>
    /// <param name="dValue">(P, N, D)</param>
    /// <param name="cos">As in the forward.</param>
    /// <param name="sin">As in the forward.</param>
    /// <returns>(P, 3N D)</returns>
    public static Tensor RotateQueriesAndKeysBackward(Tensor dQuery, Tensor dKey, Tensor dValue, Tensor cos, Tensor sin)
    {
        var heads = (int)dQuery.Size(1);
        var dQkv = Tensor.Empty([dQuery.Size(0), 3 * heads * dQuery.Size(2)], dQuery.DType, dQuery.Device);
        var (patches, width) = RotarySizes("rotate_queries_and_keys_backward"u8, dQkv, cos, sin, heads);
        foreach (var part in (Tensor[])[dQuery, dKey, dValue])
            RequireDense("rotate_queries_and_keys_backward"u8, dQkv.DType, dQkv.Device, part, [patches, heads, width]);
        if (!Starts(dQkv.Device, dQuery, dKey, dValue, cos, sin, dQkv))
            return dQkv;
        var vector = RotaryChunk(width, dQuery, dKey, dValue, dQkv);
        var launch = new KernelLaunch(KernelSource.Rotary, vector == 1 ? "rotary_backward_1" : "rotary_backward_4");
        launch.Push(dQuery, dKey, dValue, cos, sin, dQkv);
        var items = patches * 3 * heads * (width / 2 / vector);
        launch.Push(items, heads, width);
        launch.Run(dQkv.Device, items, BlockThreads, BlockThreads);
        return dQkv;
    }

    // 4 numbers at a time if each half of a head consists of whole vectors, else 1.
    private static int RotaryChunk(long width, params ReadOnlySpan<Tensor> tensors)
    {
        if (width / 2 % RotaryVector != 0)
            return 1;
        foreach (var tensor in tensors)
        {
            if (tensor.DataPointer % (RotaryVector * sizeof(ushort)) != 0)
                return 1;
        }
        return RotaryVector;
    }

    private static (long Patches, long Width) RotarySizes(ReadOnlySpan<byte> op, Tensor qkv, Tensor cos, Tensor sin, int heads)
    {
        var patches = qkv.Size(0);
        if (qkv.Rank != 2 || heads < 1 || qkv.Size(1) % (6L * heads) != 0 || qkv.Count > int.MaxValue)
            throw Ops.Refuse(op, $"no kernel supports three times {heads} heads in {qkv}");
        var width = qkv.Size(1) / (3L * heads);
        OnlyBFloat16(op, qkv);
        RequireDense(op, qkv.DType, qkv.Device, qkv, qkv.Sizes);
        RequireDense(op, DType.Float32, qkv.Device, cos, [patches, 1, width]);
        RequireDense(op, DType.Float32, qkv.Device, sin, [patches, 1, width]);
        return (patches, width);
    }
}
