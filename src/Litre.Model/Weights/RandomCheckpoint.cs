using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// New weights to train from, as a checkpoint in the hub's layout: written tensor by tensor, so that only two
/// blocks are in memory regardless of the model's size. A weight depends on the seed, its key and its place, on nothing else.
/// <para>
/// Norms are one and biases zero; the rest is normal with the configuration's <c>initializer_range</c>, as transformers
/// initializes these models. The matrices that end a residual branch are smaller by the root of twice the layers, as in
/// GPT-2 (Radford and others 2019), so that the residual stream does not grow with depth before anything is learned.
/// </para>
/// </summary>
public static class RandomCheckpoint
{
    /// <summary>Weights of a model of this configuration; a head tied to the embedding counts once.</summary>
    public static long CountParameters(ModelConfig config) => Tensors(config).Sum(t => Shape.Count(t.Shape));

    /// <summary>The number of weights in the vision tower.</summary>
    public static long CountVisionParameters(ModelConfig config) => Tensors(config).Where(t => t.IsVision).Sum(t => Shape.Count(t.Shape));

    /// <summary>Writes <c>model.safetensors</c>, or shards with their index.</summary>
    /// <param name="folder">New, or without weights.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="dtype">bfloat16 or float32.</param>
    /// <param name="seed">Another seed gives other weights.</param>
    /// <param name="shardBytes">Maximum size of the tensors in one file, in bytes.</param>
    /// <param name="progress">Called with the bytes written and the bytes in total.</param>
    /// <param name="cancel">Stops between blocks.</param>
    /// <returns>The weight files, in order.</returns>
    /// <exception cref="InputException">
    /// The configuration's deviation is invalid, the disk is full, or the folder cannot be written.
    /// </exception>
    public static IReadOnlyList<string> Write(
        string folder,
        ModelConfig config,
        DType dtype,
        ulong seed,
        long shardBytes = ShardedWriter.DefaultShardBytes,
        Action<long, long>? progress = null,
        CancellationToken cancel = default
    )
    {
        CheckRange("text_config", config.Text.InitializerRange);
        if (config.Vision is { } vision)
            CheckRange("vision_config", vision.InitializerRange);
        var keys = Tensors(config).ToList();
        var tables = new Dictionary<double, NormalQuantiles>();
        var total = keys.Sum(k => Shape.Count(k.Shape)) * dtype.Bytes();
        var blocks = new BlockStream(progress is null ? null : done => progress(done, total), cancel);
        return ShardedWriter.Write(
            folder,
            keys.Select(k => new TensorSource(
                k.Key,
                dtype,
                k.ShapeIn(ExpertLayout.Hub),
                stream =>
                {
                    var bytes = Shape.Count(k.Shape) * dtype.Bytes();
                    if (Constant(k.Key) is { } constant)
                    {
                        blocks.Write(stream, bytes, (_, part) => FillConstant(part, dtype, constant));
                        return;
                    }
                    var deviation = k.IsVision ? config.Vision!.InitializerRange : config.Text.InitializerRange;
                    if (k.EndsResidual)
                        deviation /= Math.Sqrt(2.0 * (k.IsVision ? config.Vision!.Depth : config.Text.Layers));
                    if (!tables.TryGetValue(deviation, out var table))
                        tables[deviation] = table = new NormalQuantiles(deviation, dtype);
                    var sequence = Sequence(seed, k.Key);
                    blocks.Write(stream, bytes, (at, part) => table.Fill(sequence, at / dtype.Bytes(), part));
                }
            )),
            shardBytes
        );
    }

    private static IEnumerable<CheckpointTensor> Tensors(ModelConfig config) => config.Keys.Tensors.Where(t => !t.IsOptional);

    /// <summary>The initial value of a weight if it is constant; otherwise null.</summary>
    internal static double? Constant(string key) =>
        key.EndsWith(".bias", StringComparison.Ordinal) ? 0
        : key.EndsWith(".weight", StringComparison.Ordinal) && key.Contains("norm", StringComparison.Ordinal) ? 1
        : null;

    /// <summary>Each tensor has its own sequence, so that it does not depend on the other tensors (FNV-1a, then mixed).</summary>
    internal static ulong Sequence(ulong seed, string key)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var b in Encoding.UTF8.GetBytes(key))
            hash = (hash ^ b) * 0x100000001B3;
        return NormalQuantiles.Bits(hash, seed);
    }

    private static void FillConstant(Span<byte> part, DType dtype, double value)
    {
        // Zero and one are exact in bfloat16: the upper half of float32.
        if (dtype == DType.BFloat16)
            MemoryMarshal.Cast<byte, ushort>(part).Fill((ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16));
        else
            MemoryMarshal.Cast<byte, float>(part).Fill((float)value);
    }

    private static void CheckRange(string part, double range)
    {
        if (!(range is > 0 and < 10))
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{part}.initializer_range is {range}, expected a number above 0, such as 0.02; correct it in config.json"
                )
            );
    }
}
