using System.Text.Json.Nodes;
using Litre.Core;
using Litre.Core.Files;
using Litre.Core.Json;
using Litre.Model.Configuration;
using Litre.Model.Files;

namespace Litre.Model.Weights;

/// <summary>
/// Writes a checkpoint with the layout of another: the same keys in the same files of the same names, the same types and layouts, with
/// the other files of its folder. Tensors are streamed from disk to disk; a function provides the changed ones.
/// </summary>
public static class CheckpointCopy
{
    private const int ChunkBytes = 1 << 24;

    /// <summary>The files of a checkpoint other than its weights.</summary>
    private static readonly string[] Companions =
    [
        ModelConfig.FileName,
        ModelConfig.GenerationFileName,
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.json",
        "merges.txt",
        "special_tokens_map.json",
        "added_tokens.json",
        "preprocessor_config.json",
        "video_preprocessor_config.json",
        "processor_config.json",
        "chat_template.json",
        "chat_template.jinja",
        "LICENSE",
        "LICENSE.txt",
        "LICENSE.md",
        "NOTICE",
    ];

    /// <summary>
    /// Writes into an empty or new folder. The index is written last, so that an interrupted write leaves a folder that does not open.
    /// </summary>
    /// <param name="source">The checkpoint to copy.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="change">
    /// Returns the function that writes a tensor's bytes, in the entry's type and shape; null copies it unchanged.
    /// </param>
    /// <param name="cancel">Stops between tensors.</param>
    /// <exception cref="InputException">The disk is full, or a file cannot be read or written.</exception>
    public static void Write(
        Checkpoint source,
        string folder,
        Func<TensorEntry, Action<Stream>?> change,
        CancellationToken cancel = default
    )
    {
        Directory.CreateDirectory(folder);
        AtomicFile.CheckSpace(folder, Bytes(source.Tensors.Values, source.Folder), DiskSpace.FreeBytes(folder));
        foreach (var name in Companions)
        {
            var path = Path.Combine(source.Folder, name);
            if (File.Exists(path))
                AtomicFile.Write(Path.Combine(folder, name), new FileInfo(path).Length, stream => CopyFile(path, stream));
        }
        foreach (var file in source.Files)
        {
            var tensors = source
                .Tensors.Values.Where(t => t.File == file)
                .Select(entry => new TensorSource(
                    entry.Name,
                    entry.DType,
                    entry.Shape,
                    stream =>
                    {
                        cancel.ThrowIfCancellationRequested();
                        if (change(entry) is { } write)
                            write(stream);
                        else
                            CopyTensor(source, entry, stream);
                    }
                ));
            SafetensorsWriter.Write(Path.Combine(folder, Path.GetFileName(file)), tensors, Metadata(file));
        }
        WriteIndex(source, folder);
    }

    /// <summary>Size of a copy: weights, index, and the other files.</summary>
    /// <param name="tensors">The checkpoint's tensors.</param>
    /// <param name="folder">
    /// The folder of the other files; null if there is none yet, so that space for the usual ones is counted.
    /// </param>
    public static long Bytes(IEnumerable<TensorEntry> tensors, string? folder)
    {
        const int IndexEntryBytes = 48; // in addition to the tensor's name: quotes, indent, the file's name
        const long UsualCompanions = 16L << 20;
        var all = tensors.ToList();
        var weights = all.GroupBy(t => t.File)
            .Sum(g => SafetensorsWriter.FileBytes(g.Select(t => TensorSource.Described(t.Name, t.DType, t.Shape))));
        var companions = folder is null
            ? UsualCompanions
            : Companions.Select(name => new FileInfo(Path.Combine(folder, name))).Where(f => f.Exists).Sum(f => f.Length);
        return weights + companions + all.Sum(t => (long)t.Name.Length + IndexEntryBytes);
    }

    private static void WriteIndex(Checkpoint source, string folder)
    {
        // A single file needs no index, regardless of the files next to it.
        if (source.Files.Count == 1 && Path.GetFileName(source.Files[0]) == Checkpoint.SingleName)
            return;
        var original = JsonNode.Parse(FileReading.ReadText(Path.Combine(source.Folder, Checkpoint.IndexName)))!.AsObject();
        var metadata = original["metadata"] as JsonObject ?? [];
        metadata["total_size"] = source.Bytes;
        var map = new JsonObject();
        foreach (var entry in source.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
            map[entry.Name] = Path.GetFileName(entry.File);
        var index = new JsonObject { ["metadata"] = metadata.DeepClone(), ["weight_map"] = map };
        AtomicFile.WriteText(Path.Combine(folder, Checkpoint.IndexName), index.ToJsonString(JsonText.Indented) + "\n");
    }

    private static IReadOnlyDictionary<string, string> Metadata(string file)
    {
        using var opened = SafetensorsFile.Open(file);
        return opened.Metadata.Count > 0 ? opened.Metadata : SafetensorsWriter.PyTorchMetadata;
    }

    private static void CopyTensor(Checkpoint source, TensorEntry entry, Stream stream)
    {
        var buffer = new byte[(int)Math.Min(ChunkBytes, entry.Bytes)];
        for (var done = 0L; done < entry.Bytes; )
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Bytes - done));
            source.ReadPart(entry, done, part);
            stream.Write(part);
            done += part.Length;
        }
    }

    private static void CopyFile(string path, Stream stream)
    {
        using var file = File.OpenRead(path);
        file.CopyTo(stream);
    }
}
