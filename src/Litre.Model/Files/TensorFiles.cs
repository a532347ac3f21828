using Litre.Core;
using Litre.Torch;

namespace Litre.Model.Files;

/// <summary>Reads and writes tensors in safetensors files.</summary>
public static class TensorFiles
{
    /// <summary>A tensor on the CPU in the file's own type.</summary>
    /// <exception cref="InputException">The file has no such tensor.</exception>
    public static Tensor Read(SafetensorsFile file, string key)
    {
        if (!file.Tensors.TryGetValue(key, out var entry))
            throw new InputException($"{file.Path}: has no tensor {key}");
        var tensor = Tensor.Empty(entry.Shape, entry.DType, Device.Cpu);
        file.Read(entry, tensor.DataPointer, entry.Bytes);
        return tensor;
    }

    /// <summary>A tensor's elements as float64, in row-major order.</summary>
    public static double[] ReadDoubles(SafetensorsFile file, string key)
    {
        using var tensor = Read(file, key);
        return tensor.ToDoubles();
    }

    /// <summary>
    /// The source of a tensor for a writer; it is copied to the host only when it is written. On a meta device, the copy is counted and
    /// nothing is written.
    /// </summary>
    /// <param name="key">The key in the file.</param>
    /// <param name="tensor">Must stay alive until it is written.</param>
    public static TensorSource Source(string key, Tensor tensor) =>
        new(
            key,
            tensor.DType,
            tensor.Sizes.ToArray(),
            stream =>
            {
                using var scope = new TensorScope();
                var host = tensor.To(tensor.Device.Host).Contiguous();
                if (host.Device.IsMeta)
                    return;
                TensorSource.FromPointer(key, host.DType, host.Sizes.ToArray(), host.DataPointer, host.Bytes).Write(stream);
            }
        );
}
