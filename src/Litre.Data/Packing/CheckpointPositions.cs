using System.Text.Json;
using Litre.Core;

namespace Litre.Data.Packing;

/// <summary>The maximum sequence length of a checkpoint's model.</summary>
internal static class CheckpointPositions
{
    /// <summary><c>max_position_embeddings</c> of <c>config.json</c>, in tokens; null if the folder does not state it.</summary>
    /// <exception cref="InputException">The file is not JSON, or the value is not a number.</exception>
    public static int? Read(string checkpoint)
    {
        var path = Path.Combine(checkpoint, "config.json");
        if (!File.Exists(path))
            return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("text_config", out var text))
                root = text;
            return
                root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("max_position_embeddings", out var most)
                && most.ValueKind == JsonValueKind.Number
                ? most.GetInt32()
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); download the file again", e);
        }
    }
}
