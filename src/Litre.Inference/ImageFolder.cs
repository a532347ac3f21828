using Litre.Core;
using Litre.Data.Formats;
using Litre.Data.Imaging;

namespace Litre.Inference;

/// <summary>
/// The files of a folder, divided into images (by content, or by file name) and others. Paths are relative to the folder and in a fixed
/// order in which numbers in names count as numbers: frame_9 before frame_10.
/// </summary>
/// <param name="Images">Images, damaged ones and kinds that cannot be decoded included.</param>
/// <param name="Others">Everything else.</param>
public sealed record ImageFolder(IReadOnlyList<string> Images, IReadOnlyList<string> Others)
{
    /// <summary>Lists a folder; hidden files are omitted.</summary>
    /// <exception cref="InputException">The folder does not exist or cannot be read.</exception>
    public static ImageFolder Read(string folder, bool recurse)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: no such folder; give the folder that contains the images");
        try
        {
            var options = new EnumerationOptions
            {
                RecurseSubdirectories = recurse,
                AttributesToSkip = FileAttributes.Hidden,
                IgnoreInaccessible = true,
            };
            var files = Directory.EnumerateFiles(folder, "*", options).ToLookup(FileKind.IsImage, f => Path.GetRelativePath(folder, f));
            return new ImageFolder([.. files[true].Order(NaturalOrder.Instance)], [.. files[false].Order(NaturalOrder.Instance)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{folder}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); check the folder and its permissions",
                e
            );
        }
    }
}
