using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Litre.Core;
using Litre.Core.Files;
using Litre.Torch;

namespace Litre.Model.Files;

/// <summary>Writes .safetensors files so that no reader ever sees an incomplete file.</summary>
public static class SafetensorsWriter
{
    /// <summary>What transformers expects of a PyTorch checkpoint.</summary>
    public static readonly IReadOnlyDictionary<string, string> PyTorchMetadata = new Dictionary<string, string> { ["format"] = "pt" };

    private static readonly JsonWriterOptions HeaderOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Writes all tensors to one file, atomically. They are stored by decreasing element size, so that each is aligned to its own size,
    /// then by key; the bytes equal what the format's own library writes.
    /// </summary>
    /// <returns>The size of the file in bytes.</returns>
    /// <exception cref="InputException">The disk is full, or the folder cannot be written.</exception>
    public static long Write(string path, IEnumerable<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = Order(tensors);
        var header = Header(ordered, metadata ?? PyTorchMetadata);
        var bytes = header.Length + ordered.Sum(t => t.Bytes);
        AtomicFile.Write(
            path,
            bytes,
            stream =>
            {
                stream.Write(header);
                foreach (var tensor in ordered)
                {
                    var before = stream.Position;
                    tensor.Write(stream);
                    if (stream.Position - before != tensor.Bytes)
                        throw new InvalidOperationException(
                            $"{path}: key {tensor.Name}: {stream.Position - before} bytes were written, expected {tensor.Bytes}"
                        );
                }
            }
        );
        return bytes;
    }

    /// <summary>Size of the file that <see cref="Write"/> makes; only the descriptions of the tensors are used.</summary>
    public static long FileBytes(IEnumerable<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = Order(tensors);
        return Header(ordered, metadata ?? PyTorchMetadata).Length + ordered.Sum(t => t.Bytes);
    }

    /// <summary>
    /// Processes every tensor in the order of <see cref="Write"/> without writing: on a meta device, this counts the memory.
    /// </summary>
    public static void DryRun(IEnumerable<TensorSource> tensors)
    {
        foreach (var tensor in Order(tensors))
            tensor.Write(Stream.Null);
    }

    internal static List<TensorSource> Order(IEnumerable<TensorSource> tensors)
    {
        var ordered = tensors.OrderByDescending(t => t.DType.Bytes()).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in ordered)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"key {tensor.Name} is written twice");
            if (tensor.Name == "__metadata__")
                throw new ArgumentException("__metadata__ cannot be the name of a tensor");
        }
        return ordered;
    }

    private static byte[] Header(List<TensorSource> ordered, IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, HeaderOptions))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            var offset = 0L;
            foreach (var tensor in ordered)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafetensorsDType.Name(tensor.DType));
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        var length = (buffer.WrittenCount + 7) / 8 * 8;
        var header = new byte[8 + length];
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        buffer.WrittenSpan.CopyTo(header.AsSpan(8));
        header.AsSpan(8 + buffer.WrittenCount).Fill((byte)' ');
        return header;
    }
}
