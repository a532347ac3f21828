using System.Globalization;
using System.Text.Json;
using Litre.Core;
using Litre.Core.Files;
using Litre.Core.Json;

namespace Litre.Model.Files;

/// <summary>Writes a checkpoint folder in the layout of the hub: one file, or shards with an index.</summary>
public static class ShardedWriter
{
    /// <summary>The shard size that the hub's own tools use.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    /// <summary>
    /// Writes <c>model.safetensors</c>, or <c>model-0000i-of-0000N.safetensors</c> and <c>model.safetensors.index.json</c> if the data
    /// exceed <paramref name="maxShardBytes"/>. The index is written last, so that an interrupted write leaves a folder that does not
    /// open. Tensors are not split: one above the limit gets its own shard.
    /// </summary>
    /// <returns>The weight files written, in order.</returns>
    /// <exception cref="InputException">
    /// The folder already contains weights, the disk is full, or the folder cannot be written.
    /// </exception>
    public static IReadOnlyList<string> Write(string folder, IEnumerable<TensorSource> tensors, long maxShardBytes = DefaultShardBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        var ordered = SafetensorsWriter.Order(tensors);
        RefuseOldWeights(folder);
        var total = ordered.Sum(t => t.Bytes);
        Directory.CreateDirectory(folder);
        AtomicFile.CheckSpace(folder, total, DiskSpace.FreeBytes(folder));
        if (total <= maxShardBytes)
        {
            var single = Path.Combine(folder, Checkpoint.SingleName);
            SafetensorsWriter.Write(single, ordered);
            return [single];
        }

        var shards = Split(ordered, maxShardBytes);
        var files = new List<string>();
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < shards.Count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors");
            files.Add(Path.Combine(folder, name));
            SafetensorsWriter.Write(files[i], shards[i]);
            foreach (var tensor in shards[i])
                map[tensor.Name] = name;
        }
        var index = new { metadata = new { total_size = total }, weight_map = map };
        AtomicFile.WriteText(Path.Combine(folder, Checkpoint.IndexName), JsonSerializer.Serialize(index, JsonText.Indented) + "\n");
        return files;
    }

    private static List<List<TensorSource>> Split(List<TensorSource> tensors, long maxShardBytes)
    {
        var shards = new List<List<TensorSource>>();
        var room = 0L;
        foreach (var tensor in tensors)
        {
            if (shards.Count == 0 || tensor.Bytes > room)
            {
                shards.Add([]);
                room = maxShardBytes;
            }
            shards[^1].Add(tensor);
            room -= tensor.Bytes;
        }
        return shards;
    }

    private static void RefuseOldWeights(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        // Old shards would be read together with new ones.
        var old = Directory.EnumerateFiles(folder, "model*.safetensors*").Order(StringComparer.Ordinal).FirstOrDefault();
        if (old is not null)
            throw new InputException($"{folder}: already contains model weights ({Path.GetFileName(old)}); choose an empty folder");
    }
}
