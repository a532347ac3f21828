using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis;

/// <summary>Rows of JSON Lines with typed content, as the loader reads them.</summary>
internal static class RowWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One row, including its line break.</summary>
    /// <param name="id">The row's unique ID.</param>
    /// <param name="image">The image's file relative to the data folder.</param>
    /// <param name="style">The image's style.</param>
    /// <param name="turns">The questions, at least one.</param>
    public static byte[] Write(string id, string image, string style, IReadOnlyList<AskedQuestion> turns)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("style", style);
            json.WriteString("question_type", turns.Count == 1 ? turns[0].Type : "several");
            json.WriteStartArray("images");
            json.WriteStringValue(image);
            json.WriteEndArray();
            json.WriteStartArray("messages");
            for (var i = 0; i < turns.Count; i++)
            {
                Message(json, "user", turns[i].Text, withImage: i == 0);
                Message(json, "assistant", turns[i].Answer, withImage: false);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Message(Utf8JsonWriter json, string role, string text, bool withImage)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteStartArray("content");
        if (withImage)
        {
            json.WriteStartObject();
            json.WriteString("type", "image");
            json.WriteEndObject();
        }
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
