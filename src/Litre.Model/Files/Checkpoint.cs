using System.Text.Json;
using Litre.Core;
using Litre.Core.Json;

namespace Litre.Model.Files;

/// <summary>
/// The weights of a model folder, in one file or in shards. Opening checks every header and the consistency of index and shards;
/// reading is thread-safe.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    public const string SingleName = "model.safetensors";
    public const string IndexName = "model.safetensors.index.json";

    private readonly Dictionary<string, SafetensorsFile> _files;

    private Checkpoint(string folder, Dictionary<string, SafetensorsFile> files, Dictionary<string, TensorEntry> tensors)
    {
        Folder = folder;
        _files = files;
        Tensors = tensors;
    }

    public string Folder { get; }

    /// <summary>Every tensor by its key.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>The weight files, in the order of their names.</summary>
    public IReadOnlyList<string> Files => [.. _files.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Size of all tensors in bytes.</summary>
    public long Bytes => Tensors.Values.Sum(t => t.Bytes);

    /// <summary>Opens a folder with <c>model.safetensors</c> or with an index and its shards.</summary>
    /// <exception cref="InputException">Weights, shards or keys are missing, damaged or contradict each other.</exception>
    public static Checkpoint Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: no such folder; give the folder that contains the model's config.json and weights");
        var single = Path.Combine(folder, SingleName);
        var index = Path.Combine(folder, IndexName);
        // If both exist, the single file is used, as in transformers.
        if (File.Exists(single))
            return OpenAll(folder, [single], null);
        if (!File.Exists(index))
            throw NoWeights(folder);

        var map = ReadIndex(index);
        var shards = map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var missing = shards.Where(s => !File.Exists(Path.Combine(folder, s))).ToList();
        if (missing.Count > 0)
            throw new InputException(
                $"{folder}: {missing.Count} of the {shards.Count} shards listed in {IndexName} are missing: "
                    + $"{KeyList.Text(missing)}; download them"
            );
        return OpenAll(folder, shards.Select(s => Path.Combine(folder, s)), map);
    }

    /// <summary>Reads a whole tensor; <paramref name="destination"/> must be exactly its size.</summary>
    public void Read(TensorEntry entry, Span<byte> destination) => _files[entry.File].Read(entry, destination);

    /// <summary>Reads part of a tensor, from byte <paramref name="start"/> of it on.</summary>
    public void ReadPart(TensorEntry entry, long start, Span<byte> destination) => _files[entry.File].ReadPart(entry, start, destination);

    /// <summary>Reads a whole tensor of any size to unmanaged memory.</summary>
    public void Read(TensorEntry entry, nint destination, long bytes) => _files[entry.File].Read(entry, destination, bytes);

    /// <summary>One of <see cref="Files"/>.</summary>
    internal SafetensorsFile Shard(string path) => _files[path];

    /// <summary>Compares keys and shapes with what a model needs; keys in <paramref name="optional"/> may be absent.</summary>
    /// <exception cref="InputException">Keys are missing, unexpected or have the wrong shape.</exception>
    public void CheckAgainst(IReadOnlyDictionary<string, long[]> expected, IReadOnlySet<string>? optional = null) =>
        KeyList.Check(Folder, Tensors, expected, optional);

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    private static Checkpoint OpenAll(string folder, IEnumerable<string> paths, Dictionary<string, string>? map)
    {
        var files = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        try
        {
            foreach (var path in paths)
            {
                var file = SafetensorsFile.Open(path);
                files.Add(path, file);
                foreach (var entry in file.Tensors.Values)
                {
                    if (!tensors.TryAdd(entry.Name, entry))
                        throw new InputException(
                            $"{folder}: key {entry.Name} is in two shards, {Path.GetFileName(tensors[entry.Name].File)} "
                                + $"and {Path.GetFileName(path)}; download the model again into an empty folder"
                        );
                }
            }
            if (map is not null)
                CheckIndex(folder, map, tensors);
            return new Checkpoint(folder, files, tensors);
        }
        catch
        {
            foreach (var file in files.Values)
                file.Dispose();
            throw;
        }
    }

    private static void CheckIndex(string folder, Dictionary<string, string> map, Dictionary<string, TensorEntry> tensors)
    {
        foreach (var (key, shard) in map)
        {
            var place = tensors.TryGetValue(key, out var entry) ? Path.GetFileName(entry.File) : null;
            if (place != shard)
                throw new InputException(
                    $"{folder}: key {key}: {IndexName} lists it in {shard}, but it is "
                        + $"{(place is null ? "in no shard" : $"in {place}")}; the index and the shards come from "
                        + "different downloads; download the model again"
                );
        }
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        using var fields = JsonFields.Read(path);
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in fields.Object("weight_map").Items())
        {
            var shard = item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString()! : "";
            // A shard must be in the folder of its index; otherwise the program could read outside the folder.
            if (shard.Length == 0 || shard is "." or ".." || shard.AsSpan().IndexOfAny('/', '\\') >= 0)
                throw new InputException(
                    $"{path}: weight_map.{item.Name} is {item.Value.GetRawText()}, expected the name of a file in the "
                        + "same folder; download the index again"
                );
            map[item.Name] = shard;
        }
        if (map.Count == 0)
            throw new InputException($"{path}: weight_map is empty; download the index again");
        return map;
    }

    private static InputException NoWeights(string folder)
    {
        var other = Directory
            .EnumerateFiles(folder)
            .Select(Path.GetFileName)
            .FirstOrDefault(f => Path.GetExtension(f) is ".bin" or ".pt" or ".pth" or ".gguf" or ".safetensors");
        var hint = other is null ? "" : $" (it has {other}, which is not read)";
        return new InputException($"{folder}: has neither {SingleName} nor {IndexName}{hint}; download the model's safetensors files");
    }
}
