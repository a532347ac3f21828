namespace Litre.Data.Formats;

/// <summary>The names of splits in data.</summary>
internal static class SplitNames
{
    public static string? Recognize(string? name) =>
        name?.Trim().ToLowerInvariant() switch
        {
            "train" or "training" => "train",
            "val" or "valid" or "validation" or "dev" or "eval" => "validation",
            "test" or "testing" => "test",
            _ => null,
        };

    /// <summary>
    /// The split named by a whole word in the name of the file or its folder, as in <c>vqa_train.jsonl</c> or <c>test/data.json</c>.
    /// </summary>
    public static string? OfFile(string path, string root)
    {
        var relative = Path.GetRelativePath(root, path);
        var words = Path.ChangeExtension(relative, null).Split('/', '\\', '_', '-', '.', ' ');
        return words.Reverse().Select(Recognize).FirstOrDefault(s => s != null);
    }
}
