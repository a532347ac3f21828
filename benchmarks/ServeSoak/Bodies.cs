using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace ServeSoak;

/// <summary>The bodies of requests, valid and broken.</summary>
internal sealed class Bodies(byte[] image)
{
    private static readonly string[] Words =
    [
        "diameter",
        "scale",
        "flange",
        "thread",
        "welding symbol",
        "title block",
        "tolerance",
        "直径",
    ];

    private readonly string _imageUrl = "data:image/png;base64," + Convert.ToBase64String(image);

    /// <summary>The number of different control questions.</summary>
    public const int Controls = 12;

    /// <summary>A question that always has the same answer; every third shows the image.</summary>
    public JsonObject Control(int number, string model, string marker, bool stream)
    {
        var text = $"{marker}: what is the {Words[number % Words.Length]} of part {number}?";
        return Chat(model, number % 3 == 0 ? Parts(text, _imageUrl) : JsonValue.Create(text), 12, stream);
    }

    /// <summary>A question with a long answer, to be interrupted.</summary>
    public JsonObject Long(Random random, string model, string marker) =>
        Chat(model, JsonValue.Create($"{marker}: list all parts of assembly {random.Next(1000)}"), 200, stream: true);

    /// <summary>A question that nobody asked before.</summary>
    public JsonObject Unique(string model, string text) => Chat(model, JsonValue.Create(text), 4, stream: false);

    /// <summary>An image whose header states more pixels than any limit.</summary>
    public JsonObject HugeImage(string model, string marker) =>
        Chat(model, Parts(marker, "data:image/png;base64," + Convert.ToBase64String(HugePng())), 4, stream: false);

    /// <summary>Something that is not a request: each is to be refused with an error of the client.</summary>
    public byte[] Broken(Random random, string model, string marker)
    {
        var text = Control(random.Next(Controls), model, marker, stream: false).ToJsonString();
        var bytes = Encoding.UTF8.GetBytes(text);
        switch (random.Next(8))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                random.NextBytes(bytes);
                return bytes;
            case 2:
                return Encoding.UTF8.GetBytes(text.Replace("\"messages\":[", "\"messages\":{\"a\":[", StringComparison.Ordinal));
            case 3:
                return Encoding.UTF8.GetBytes(text.Replace("\"role\":\"user\"", "\"role\":7", StringComparison.Ordinal));
            case 4:
                return Encoding.UTF8.GetBytes(text.Replace("\"max_tokens\":12", "\"max_tokens\":-5", StringComparison.Ordinal));
            case 5:
                return Encoding.UTF8.GetBytes(new string('[', 100_000));
            case 6:
                return Encoding.UTF8.GetBytes(Chat(model, Parts(marker, "http://127.0.0.1:1/a.png"), 4, false).ToJsonString());
            default:
                return Encoding.UTF8.GetBytes(Chat(model, Parts(marker, "data:image/png;base64,iVBORw0KGgo="), 4, false).ToJsonString());
        }
    }

    private static JsonObject Chat(string model, JsonNode content, int tokens, bool stream)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content }),
            ["max_tokens"] = tokens,
            ["temperature"] = 0,
        };
        if (stream)
            (body["stream"], body["stream_options"]) = (true, new JsonObject { ["include_usage"] = true });
        return body;
    }

    private static JsonArray Parts(string text, string url) =>
        new(
            new JsonObject
            {
                ["type"] = "image_url",
                ["image_url"] = new JsonObject { ["url"] = url },
            },
            new JsonObject { ["type"] = "text", ["text"] = text }
        );

    private static byte[] HugePng()
    {
        var header = new byte[17];
        "IHDR"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), 60_000);
        (header[12], header[13]) = (8, 2);
        var png = new MemoryStream();
        png.Write([0x89, .. "PNG\r\n\x1a\n"u8]);
        png.Write([0, 0, 0, 13]);
        png.Write(header);
        var sum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(sum, Crc(header));
        png.Write(sum);
        return png.ToArray();
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
