using Litre.Data.Formats;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>The pictures of a folder, in an order that is always the same.</summary>
public static class PictureFolder
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

    /// <summary>Paths of the pictures from the folder on, numbers in names counting as numbers: frame_9 before frame_10.</summary>
    /// <exception cref="InputException">There is no such folder, or it cannot be read.</exception>
    public static IReadOnlyList<string> Files(string folder, bool recurse)
    {
        if (!Directory.Exists(folder)) throw new InputException($"{folder}: no such folder; give the folder that holds the pictures");
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = recurse, AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = true })
                .Where(f => Endings.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
                .Select(f => Path.GetRelativePath(folder, f))
                .Order(NaturalOrder.Instance)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); check the folder and its permissions", e);
        }
    }
}
