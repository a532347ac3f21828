using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Litre.Core;
using Litre.Core.Json;
using Litre.Torch;
using Microsoft.Win32.SafeHandles;

namespace Litre.Model.Files;

/// <summary>
/// Reads and checks a safetensors header: eight bytes of length, then JSON, then the data that it must describe
/// without overlap and without a hole (https://github.com/huggingface/safetensors, section Format).
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The limit of the format's own library; a larger length is never a real header.</summary>
    internal const long MaxBytes = 100_000_000;

    private const int PrefixBytes = 8;
    private const string Again = "the file is damaged or incomplete; download it again";

    internal static (Dictionary<string, string> Metadata, Dictionary<string, TensorEntry> Tensors) Read(SafeFileHandle handle, string path)
    {
        var fileBytes = RandomAccess.GetLength(handle);
        if (fileBytes < PrefixBytes)
            throw new InputException($"{path}: {fileBytes} bytes, but a safetensors file has at least {PrefixBytes}; {Again}");

        var prefix = new byte[PrefixBytes];
        FileReading.ReadExactly(handle, path, prefix, 0);
        if (prefix.AsSpan().SequenceEqual("version "u8))
            throw new InputException(
                $"{path}: is a Git LFS pointer, not the weights; run `git lfs pull` in its folder or download the file"
            );
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxBytes)
            throw new InputException(
                $"{path}: its header states {length} bytes, more than the {MaxBytes} allowed; this is not a safetensors file, or {Again}"
            );
        if ((long)length > fileBytes - PrefixBytes)
            throw new InputException(
                $"{path}: its header states {length} bytes, but the file has only {fileBytes - PrefixBytes} after its "
                    + $"first {PrefixBytes}; {Again}"
            );

        var json = new byte[(int)length];
        FileReading.ReadExactly(handle, path, json, PrefixBytes);
        using var document = Parse(path, json);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new InputException($"{path}: its header is a JSON {Kind(root)}, expected an object; {Again}");

        var dataStart = PrefixBytes + (long)length;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        var sawMetadata = false;
        foreach (var property in root.EnumerateObject())
        {
            if (property.NameEquals("__metadata__"u8))
            {
                if (sawMetadata)
                    throw new InputException($"{path}: key __metadata__ appears twice in the header; {Again}");
                sawMetadata = true;
                ReadMetadata(path, property.Value, metadata);
                continue;
            }
            var entry = ReadEntry(path, property.Name, property.Value, dataStart, fileBytes);
            if (!tensors.TryAdd(entry.Name, entry))
                throw new InputException($"{path}: key {entry.Name} appears twice in the header; {Again}");
        }
        CheckCoverage(path, tensors.Values, dataStart, fileBytes);
        return (metadata, tensors);
    }

    private static JsonDocument Parse(string path, byte[] json)
    {
        try
        {
            // The JSON reader accepts some malformed UTF-8 inside strings, so the bytes are validated first.
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(json);
            var document = JsonDocument.Parse(json);
            JsonText.CheckTexts(document.RootElement);
            return document;
        }
        catch (ArgumentException e)
        {
            throw new InputException($"{path}: its header is not UTF-8 text; {Again}", e);
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: its header is not JSON (byte {e.BytePositionInLine ?? 0} of the header); {Again}", e);
        }
    }

    private static void ReadMetadata(string path, JsonElement value, Dictionary<string, string> metadata)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw new InputException($"{path}: __metadata__ is a JSON {Kind(value)}, expected an object of strings; {Again}");
        foreach (var item in value.EnumerateObject())
        {
            if (item.Value.ValueKind != JsonValueKind.String)
                throw new InputException($"{path}: __metadata__.{item.Name} is a JSON {Kind(item.Value)}, expected a string; {Again}");
            metadata[item.Name] = item.Value.GetString()!;
        }
    }

    private static TensorEntry ReadEntry(string path, string name, JsonElement value, long dataStart, long fileBytes)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw new InputException($"{path}: key {name}: a JSON {Kind(value)}, expected an object; {Again}");
        if (!value.TryGetProperty("dtype"u8, out var type) || type.ValueKind != JsonValueKind.String)
            throw new InputException($"{path}: key {name}: has no dtype; {Again}");
        if (!SafetensorsDType.TryParse(type.GetString()!, out var dtype))
            throw new InputException(
                $"{path}: key {name}: dtype {type.GetString()} is not supported, expected one of "
                    + $"{SafetensorsDType.Accepted}; use the BF16 checkpoint of this model"
            );

        var shape = ReadIntegers(path, name, value, "shape");
        var offsets = ReadIntegers(path, name, value, "data_offsets");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw new InputException(
                $"{path}: key {name}: data_offsets {Shape.Text(offsets)}, expected a start and an end not before it; {Again}"
            );
        // The offsets count from the end of the header; compared without adding, so that nothing overflows.
        if (offsets[1] > fileBytes - dataStart)
            throw new InputException(
                $"{path}: key {name}: its data end at byte {offsets[1]} of the data, but the file has only "
                    + $"{fileBytes - dataStart}; the file is truncated; download it again"
            );

        long bytes;
        try
        {
            bytes = checked(Shape.Count(shape) * dtype.Bytes());
        }
        catch (OverflowException e)
        {
            throw new InputException($"{path}: key {name}: shape {Shape.Text(shape)} is too large; {Again}", e);
        }
        if (bytes != offsets[1] - offsets[0])
            throw new InputException(
                $"{path}: key {name}: shape {Shape.Text(shape)} of {type.GetString()} needs {bytes} bytes, but "
                    + $"data_offsets give {offsets[1] - offsets[0]}; {Again}"
            );
        return new TensorEntry(name, dtype, shape, path, dataStart + offsets[0], bytes);
    }

    private static long[] ReadIntegers(string path, string name, JsonElement entry, string field)
    {
        if (!entry.TryGetProperty(field, out var list) || list.ValueKind != JsonValueKind.Array)
            throw new InputException($"{path}: key {name}: has no {field}; {Again}");
        var values = new long[list.GetArrayLength()];
        var i = 0;
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out values[i]) || values[i] < 0)
                throw new InputException(
                    $"{path}: key {name}: {field} contains {item.GetRawText()}, expected whole numbers of 0 or more; {Again}"
                );
            i++;
        }
        return values;
    }

    private static void CheckCoverage(string path, IEnumerable<TensorEntry> tensors, long dataStart, long fileBytes)
    {
        var position = dataStart;
        TensorEntry? before = null;
        foreach (var entry in tensors.OrderBy(t => t.Offset).ThenBy(t => t.Bytes))
        {
            if (entry.Offset < position)
                throw new InputException(
                    $"{path}: key {entry.Name}: overlaps key {before!.Name} by {position - entry.Offset} bytes; {Again}"
                );
            if (entry.Offset > position)
                throw new InputException(
                    $"{path}: key {entry.Name}: {entry.Offset - position} bytes before it belong to no tensor; {Again}"
                );
            position += entry.Bytes;
            before = entry;
        }
        if (position != fileBytes)
            throw new InputException(
                $"{path}: {fileBytes - position} bytes at its end belong to no tensor (header describes {position} "
                    + $"bytes, file has {fileBytes}); {Again}"
            );
    }

    private static string Kind(JsonElement element) => element.ValueKind.ToString().ToLowerInvariant();
}
