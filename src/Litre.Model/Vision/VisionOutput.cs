using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Vision;

/// <summary>The output of the vision tower for the text model: one row per merged patch group.</summary>
/// <param name="Merged">(P / m, H), put in place of the images' tokens.</param>
/// <param name="Deepstack">(P / m, H) each, added to those tokens' hidden states after the first text layers.</param>
public sealed record VisionOutput(Tensor Merged, IReadOnlyList<Tensor> Deepstack) : IDisposable
{
    /// <summary>Size of all tensors for the given number of patches.</summary>
    public static long BytesOf(VisionConfig config, DType dtype, long patches) =>
        patches / config.MergedPatches * config.OutHiddenSize * dtype.Bytes() * (1 + config.DeepstackVisualIndexes.Count);

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes => Merged.Bytes + Deepstack.Sum(d => d.Bytes);

    /// <summary>New handles on the same tensors.</summary>
    public VisionOutput Alias() => Map(t => t.Alias());

    /// <summary>Applies a function to every tensor.</summary>
    public VisionOutput Map(Func<Tensor, Tensor> change) => new(change(Merged), [.. Deepstack.Select(change)]);

    /// <summary>Concatenated images on a device, as the text model reads them.</summary>
    public static VisionOutput Concat(IReadOnlyList<VisionOutput> parts, Device device) =>
        new(
            Join(parts.Select(p => p.Merged), device),
            [.. Enumerable.Range(0, parts[0].Deepstack.Count).Select(d => Join(parts.Select(p => p.Deepstack[d]), device))]
        );

    // Directly into their places on a CUDA device, without waiting if they come from page-locked memory.
    private static Tensor Join(IEnumerable<Tensor> parts, Device device)
    {
        var tensors = parts.ToArray();
        if (tensors.All(t => t.Device == device))
            return tensors.Length == 1 ? tensors[0].Alias() : Ops.Concat(tensors, 0);
        using var scope = new TensorScope();
        var all = Tensor.Empty([tensors.Sum(t => t.Size(0)), tensors[0].Size(1)], tensors[0].DType, device);
        var start = 0L;
        foreach (var tensor in tensors)
        {
            all.Slice(0, start, tensor.Size(0)).CopyFrom(tensor, nonBlocking: true);
            start += tensor.Size(0);
        }
        return scope.Return(all);
    }

    public void Dispose()
    {
        Merged.Dispose();
        foreach (var tensor in Deepstack)
            tensor.Dispose();
    }
}
