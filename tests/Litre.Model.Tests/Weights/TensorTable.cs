using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Model.Tests.Weights;

/// <summary>A checkpoint's tensors by key, as float64 values with their type, shape and file, and ways to write others like it.</summary>
internal static class TensorTable
{
    public static Dictionary<string, (DType DType, long[] Shape, string File, double[] Values)> Read(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        return checkpoint.Tensors.Values.ToDictionary(
            t => t.Name,
            t =>
            {
                using var tensor = Tensor.Empty(t.Shape, t.DType, Device.Cpu);
                checkpoint.Read(t, tensor.DataPointer, t.Bytes);
                return (t.DType, t.Shape, Path.GetFileName(t.File), tensor.ToDoubles());
            }
        );
    }

    /// <summary>Copies a checkpoint as shards of another type.</summary>
    public static void Convert(string source, string target, DType dtype, long maxShardBytes)
    {
        using var scope = new TensorScope();
        using var checkpoint = Checkpoint.Open(source);
        Directory.CreateDirectory(target);
        File.Copy(Path.Combine(source, "config.json"), Path.Combine(target, "config.json"));
        ShardedWriter.Write(
            target,
            [
                .. checkpoint.Tensors.Values.Select(t =>
                {
                    var tensor = Tensor.Empty(t.Shape, t.DType, Device.Cpu);
                    checkpoint.Read(t, tensor.DataPointer, t.Bytes);
                    return TensorFiles.Source(t.Name, tensor.To(dtype));
                }),
            ],
            maxShardBytes
        );
    }
}
