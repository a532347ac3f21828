using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>
/// Finds the files that rows name. Relative paths are tried from the data file's folder, the data folder, its
/// <c>images/</c> and the given image root; then without leading folders, since data are often written
/// relative to a parent folder. A relative path must stay inside these folders; an absolute path is the user's explicit
/// choice and is used unchanged. Links are followed: the hub's cache consists of them. Not thread-safe.
/// </summary>
internal sealed partial class PathResolver(string dataFolder, string? imageRoot)
{
    // For each file that was found without leading folders, the path as written.
    private readonly Dictionary<UInt128, UInt128> _shortened = [];

    // "a.png,b.png" would be found as b.png without "a.png,".
    [GeneratedRegex(@"\.\w{2,5}\s*[,;|\s]")]
    private static partial Regex SeveralFiles { get; }

    /// <summary>The file of a path.</summary>
    /// <param name="path">The path as written in the row.</param>
    /// <param name="dataFile">The row's file.</param>
    /// <param name="isShortened">Whether it was found only without leading folders.</param>
    /// <param name="folderAllowed">Whether the path may be a folder.</param>
    /// <exception cref="RowException">The path is remote, leads outside, is not a path, does not exist, or cannot be distinguished from
    /// another one.</exception>
    public string Resolve(string path, string dataFile, out bool isShortened, bool folderAllowed = false)
    {
        isShortened = false;
        path = Clean(path);
        bool Exists(string candidate) => File.Exists(candidate) || (folderAllowed && Directory.Exists(candidate));
        if (Path.IsPathRooted(path) && Exists(path))
            return path;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".").ToArray();
        if (parts.Length == 0)
            throw new RowException($"the image's path '{path}' is empty", "name a file", UnusableKind.Media);
        var fileFolder = Path.GetDirectoryName(Path.GetFullPath(dataFile))!;
        CheckInside(parts, path, fileFolder);
        var bases = Bases(fileFolder).Distinct().ToList();
        for (var skip = 0; skip < parts.Length; skip++)
        {
            var rest = Path.Combine(parts[skip..]);
            foreach (var folder in bases)
            {
                var candidate = Path.Combine(folder, rest);
                if (!Exists(candidate))
                    continue;
                isShortened = skip > 0;
                if (isShortened)
                    RefuseSecond(candidate, string.Join('/', parts));
                return candidate;
            }
            if (parts[skip] == "..")
                break; // the rest belongs to another folder
            if (SeveralFiles.IsMatch(parts[skip]))
                throw new RowException(
                    $"'{Shorten(path)}' seems to name several files in one string",
                    "give a list, [\"a.png\", \"b.png\"]",
                    UnusableKind.Media
                );
        }
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataFolder))) + "/";
        throw new RowException(
            $"no file '{Shorten(path)}' next to the data file, in {name} or in {name}images/",
            "put the images there, or give the folder that paths start from with `image-root`",
            UnusableKind.Media
        );
    }

    // Two paths with different folders refer to two files.
    private void RefuseSecond(string found, string written)
    {
        var (file, path) = (Hash(found), Hash(written));
        if (_shortened.TryAdd(file, path) || _shortened[file] == path)
            return;
        throw new RowException(
            $"no file '{Shorten(written)}'; without its leading folders it would match {Path.GetFileName(found)}, which "
                + "another row names by a different path",
            "put the images into the folders that rows name, or give the folder that paths start from with `image-root`",
            UnusableKind.Media
        );
    }

    private static UInt128 Hash(string text) => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(text.AsSpan()));

    private static string Clean(string path)
    {
        if (path.StartsWith("file://", StringComparison.OrdinalIgnoreCase))
            path = Uri.UnescapeDataString(path[7..]);
        else if (path.Contains("://", StringComparison.Ordinal))
            throw new RowException(
                $"'{Shorten(path)}' is on the network, which training never uses",
                "download it and name the file",
                UnusableKind.Media
            );
        if (path.Contains('\0'))
            throw new RowException("the image's path contains a NUL character", "correct the row", UnusableKind.Media);
        if (path.Length > 4096)
            throw new RowException($"the image's path is {path.Length} characters long", "name a file", UnusableKind.Media);
        return path.Replace('\\', '/').Trim();
    }

    private void CheckInside(string[] parts, string path, string fileFolder)
    {
        if (Path.IsPathRooted(path) || !parts.Contains(".."))
            return;
        var full = Path.GetFullPath(Path.Combine(fileFolder, path));
        if (Bases(fileFolder).Any(b => full.StartsWith(Path.GetFullPath(b).TrimEnd('/') + "/", StringComparison.Ordinal)))
            return;
        throw new RowException(
            $"'{Shorten(path)}' is outside the data folder",
            "give the absolute path, or that folder with `image-root`",
            UnusableKind.Media
        );
    }

    private IEnumerable<string> Bases(string fileFolder)
    {
        if (imageRoot != null)
            yield return Path.GetFullPath(imageRoot);
        yield return fileFolder;
        yield return Path.GetFullPath(dataFolder);
        yield return Path.Combine(fileFolder, "images");
        yield return Path.Combine(Path.GetFullPath(dataFolder), "images");
    }

    internal static string Shorten(string text)
    {
        text = text.ReplaceLineEndings(" ");
        return text.Length <= 120 ? text : text[..80] + "…" + text[^30..];
    }
}
