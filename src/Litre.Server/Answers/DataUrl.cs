using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Litre.Core;

namespace Litre.Server.Answers;

/// <summary>
/// Images that are in the request as data URLs. No other URL is opened: the server sends no request to any machine, and reads no file for
/// a client.
/// </summary>
internal static class DataUrl
{
    private const int ShownLength = 30;

    /// <summary>The bytes of a data URL.</summary>
    /// <exception cref="InputException">It is another URL, or its data are not base64.</exception>
    public static byte[] Read(RequestField field) => Decode(field, Data(field, "image/"));

    /// <summary>The images of vLLM's data URL of a video: JPEG images with commas between them.</summary>
    /// <exception cref="InputException">It is another URL, or its data are not base64.</exception>
    public static IEnumerable<byte[]> ReadFrames(RequestField field)
    {
        var data = Data(field, "video/jpeg");
        var start = 0;
        while (start <= data.Length)
        {
            var comma = data.Span[start..].IndexOf((byte)',');
            var end = comma < 0 ? data.Length : start + comma;
            yield return Decode(field, data[start..end]);
            start = end + 1;
        }
    }

    private static ReadOnlyMemory<byte> Data(RequestField field, string type)
    {
        if (!field.IsText)
            throw field.Refuse("expected a data URL");
        var text = Bytes(field.Value);
        var comma = text.Span.IndexOf((byte)',');
        var head = Encoding.UTF8.GetString(text.Span[..Math.Max(0, comma)]);
        if (!head.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            throw field.Refuse(
                "the server opens no address and no file, so only data URLs can be used",
                "send the image's bytes as data:image/png;base64,..."
            );
        var declared = head["data:".Length..].Split(';');
        if (!declared[^1].Equals("base64", StringComparison.OrdinalIgnoreCase))
            throw field.Refuse("the data URL is not base64", "send data:image/png;base64,...");
        // Some clients leave the type out or give a general one; what the bytes are is found in the bytes.
        if (type != "image/" && !declared[0].Equals(type, StringComparison.OrdinalIgnoreCase))
            throw field.Refuse(
                $"a video of the type '{VisibleText.Of(declared[0][..Math.Min(ShownLength, declared[0].Length)])}' is not supported",
                "send its frames: data:video/jpeg;base64, and JPEG images with commas between them, or a part of the type video "
                    + "with a list of data URLs"
            );
        return text[(comma + 1)..];
    }

    // Of a long text, without a copy in UTF-16 unless it contains escapes.
    private static ReadOnlyMemory<byte> Bytes(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        return raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(value.GetString()!) : raw.ToArray();
    }

    private static byte[] Decode(RequestField field, ReadOnlyMemory<byte> base64)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length) + 3];
        if (Base64.DecodeFromUtf8(base64.Span, bytes, out _, out var count) != OperationStatus.Done)
            throw field.Refuse("the data are not base64", "encode the bytes of the image file as base64");
        return bytes[..count];
    }
}
