using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shared;

namespace Litre.Cli.Tests.Commands;

/// <summary>A copy of a reference directory, to be damaged and thrown away.</summary>
internal sealed class DamagedReference : IDisposable
{
    public DamagedReference()
    {
        Folder = Directory.CreateTempSubdirectory("litre-damaged-").FullName;
        var source = Path.Combine(Repository.Root, "tests", "reference", "moe");
        foreach (var part in (string[])["model", "adapter", "adapter_trained"])
        {
            Directory.CreateDirectory(Path.Combine(Folder, part));
            foreach (var file in Directory.EnumerateFiles(Path.Combine(source, part)))
                File.Copy(file, Path.Combine(Folder, part, Path.GetFileName(file)));
        }
        foreach (var file in Directory.EnumerateFiles(source))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
    }

    public string Folder { get; }

    public string In(params string[] parts) => Path.Combine([Folder, .. parts]);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public static void Truncate(string path)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(file.Length / 2);
    }

    public static void LengthenHeader(string path)
    {
        using var file = File.OpenWrite(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, file.Length + 1);
        file.Write(length);
    }

    /// <summary>Changes a safetensors header; the data stays where it is, since headers are padded with spaces.</summary>
    public static void EditHeader(string path, Action<JsonObject> edit)
    {
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        edit(header);
        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        var padded = new byte[Math.Max(length, text.Length)];
        padded.AsSpan().Fill((byte)' ');
        text.CopyTo(padded, 0);
        using var file = File.Create(path);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, padded.Length);
        file.Write(prefix);
        file.Write(padded);
        file.Write(bytes.AsSpan(8 + length));
    }

    /// <summary>Overwrites the first float32 of the first tensor.</summary>
    public static void PutNaN(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        Span<byte> word = stackalloc byte[8];
        file.ReadExactly(word);
        file.Position = 8 + BinaryPrimitives.ReadInt64LittleEndian(word);
        BinaryPrimitives.WriteSingleLittleEndian(word, float.NaN);
        file.Write(word[..4]);
    }

    /// <summary>Turns a single-file checkpoint into one whose index names a shard that is not there.</summary>
    public static void LoseShard(string folder)
    {
        var single = Path.Combine(folder, "model.safetensors");
        var bytes = File.ReadAllBytes(single);
        var header = JsonNode.Parse(bytes.AsSpan(8, (int)BinaryPrimitives.ReadInt64LittleEndian(bytes)))!.AsObject();
        var map = new JsonObject();
        foreach (var key in header.Select(p => p.Key).Where(k => k != "__metadata__"))
            map[key] = key.Contains("visual", StringComparison.Ordinal)
                ? "model-00002-of-00002.safetensors"
                : "model-00001-of-00002.safetensors";
        File.Move(single, Path.Combine(folder, "model-00001-of-00002.safetensors"));
        var index = new JsonObject
        {
            ["metadata"] = new JsonObject { ["total_size"] = 1 },
            ["weight_map"] = map,
        };
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), index.ToJsonString());
    }

    public static void EditJson(string path, Action<JsonObject> edit)
    {
        var node = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        edit(node);
        File.WriteAllText(path, node.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }
}
