namespace Litre.Data.Formats;

/// <summary>Converts a row's key names to the standard ones: synonyms, other languages, other cases, other layouts.</summary>
internal static class RowNaming
{
    private static readonly string[] ImageEndings =
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".webp",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".heic",
        ".heif",
        ".avif",
    ];

    private static readonly string[] VideoEndings = [".mp4", ".mkv", ".avi", ".mov", ".webm", ".m4v"];

    private static readonly string[][] Meanings =
    [
        RowNames.Question,
        RowNames.Answer,
        RowNames.Conversation,
        RowNames.Id,
        RowNames.Images,
        ["videos", "video", "video_path"],
        ["choices", "options"],
    ];

    /// <summary>The row with standard names.</summary>
    /// <param name="row">Any row.</param>
    /// <param name="question">The question for a row without one; null for none.</param>
    /// <param name="names">Receives the file's own name of each renamed key.</param>
    public static Dictionary<string, object?> Apply(Dictionary<string, object?> row, string? question, IDictionary<string, string> names)
    {
        var result = row;
        foreach (var (key, value) in row)
        {
            var name = RowNames.Meaning(key) ?? FileMeaning(key, value);
            if (name == null || IsTaken(result, name, key))
                continue;
            if (value is null or "" && result.ContainsKey(name))
                continue; // also an empty one, for messages
            if (ReferenceEquals(result, row))
                result = new Dictionary<string, object?>(row);
            result.Remove(key);
            result[name] = value;
            names[name] = key;
        }
        foreach (var key in RowNames.Conversation)
            if (Paired(result.GetValueOrDefault(key)) is { } turns)
                result = new Dictionary<string, object?>(result) { [key] = turns };
        if (question == null || RowNames.Conversation.Concat(RowNames.Question).Any(k => HasValue(result, k)))
            return result;
        if (!RowNames.Answer.Any(k => HasValue(result, k)) && !HasValue(result, "text"))
            return result;
        result = new Dictionary<string, object?>(result) { ["question"] = question };
        if (!RowNames.Answer.Any(k => HasValue(result, k)) && result.Remove("text", out var text))
        {
            result["answer"] = text;
            names["answer"] = "text";
        }
        return result;
    }

    // A caption's file: an image or a video by its extension, since other values may also be named file_name.
    private static string? FileMeaning(string key, object? value)
    {
        if (!RowNames.IsFileName(key))
            return null;
        var first = value is List<object?> { Count: > 0 } list ? list[0] : value;
        if (first is not string path)
            return null;
        var ending = Path.GetExtension(path.Trim());
        return ImageEndings.Contains(ending, StringComparer.OrdinalIgnoreCase) ? "image"
            : VideoEndings.Contains(ending, StringComparer.OrdinalIgnoreCase) ? "video"
            : null;
    }

    private static bool IsTaken(Dictionary<string, object?> row, string name, string key)
    {
        var meaning = Meanings.FirstOrDefault(m => m.Contains(name)) ?? [name];
        return meaning.Any(k => k != key && HasValue(row, k));
    }

    // Turns in pairs, as in ms-swift: {"human": …, "assistant": …}.
    private static List<object?>? Paired(object? turns) =>
        turns is List<object?> { Count: > 0 } list
        && list.All(t => t is Dictionary<string, object?> { Count: 2 } pair && pair.ContainsKey("human") && pair.ContainsKey("assistant"))
            ?
            [
                .. list.Cast<Dictionary<string, object?>>()
                    .SelectMany(p => (object?[])[Turn("user", p["human"]), Turn("assistant", p["assistant"])]),
            ]
            : null;

    private static Dictionary<string, object?> Turn(string role, object? content) => new() { ["role"] = role, ["content"] = content };

    private static bool HasValue(Dictionary<string, object?> row, string key) => row.GetValueOrDefault(key) is not (null or "");
}
