using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>
/// Finds the files that rows name. Relative paths are tried from the data file's folder, the data folder, its
/// <c>images/</c> and the given image root; then with leading folders left out, since data are often written
/// relative to a folder above. A relative path may not climb out of these folders; an absolute path is the user's own
/// word and is taken as it is. Links are followed: the hub's cache is made of them. Not thread-safe.
/// </summary>
internal sealed class PathResolver(string dataFolder, string? imageRoot)
{
    private readonly Dictionary<string, (string Base, int Skip)> _lastFound = [];

    /// <exception cref="RowException">The path is remote, climbs out, is none, or names nothing that is there.</exception>
    public string Resolve(string path, string dataFile, bool folderAllowed = false)
    {
        path = Clean(path);
        bool Exists(string candidate) => File.Exists(candidate) || (folderAllowed && Directory.Exists(candidate));
        if (Path.IsPathRooted(path) && Exists(path)) return path;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".").ToArray();
        if (parts.Length == 0) throw new RowException($"the picture's path '{path}' is empty", "name a file", UnusableKind.Media);
        var fileFolder = Path.GetDirectoryName(Path.GetFullPath(dataFile))!;
        CheckInside(parts, path, fileFolder);
        if (_lastFound.TryGetValue(fileFolder, out var last) && last.Skip < parts.Length)
        {
            var candidate = Path.Combine(last.Base, Path.Combine(parts[last.Skip..]));
            if (Exists(candidate)) return candidate;
        }
        var bases = Bases(fileFolder).Distinct().ToList();
        for (var skip = 0; skip < parts.Length; skip++)
        {
            var rest = Path.Combine(parts[skip..]);
            foreach (var folder in bases)
            {
                var candidate = Path.Combine(folder, rest);
                if (!Exists(candidate)) continue;
                _lastFound[fileFolder] = (folder, skip);
                return candidate;
            }
            if (parts[skip] == "..") break; // what comes after it belongs to another folder
        }
        throw new RowException($"no file '{Shorten(path)}' beside the data, in {Path.GetFileName(dataFolder)}/ or its images/",
            "put the pictures there, or give the folder that paths begin from with --image-root", UnusableKind.Media);
    }

    private static string Clean(string path)
    {
        if (path.StartsWith("file://", StringComparison.OrdinalIgnoreCase)) path = Uri.UnescapeDataString(path[7..]);
        else if (path.Contains("://", StringComparison.Ordinal))
            throw new RowException($"'{Shorten(path)}' is on the network, which training never reaches", "download it and name the file", UnusableKind.Media);
        if (path.Contains('\0')) throw new RowException("the picture's path holds a zero character", "correct the row", UnusableKind.Media);
        if (path.Length > 4096) throw new RowException($"the picture's path is {path.Length} characters long", "name a file", UnusableKind.Media);
        return path.Replace('\\', '/').Trim();
    }

    private void CheckInside(string[] parts, string path, string fileFolder)
    {
        if (Path.IsPathRooted(path) || !parts.Contains("..")) return;
        var full = Path.GetFullPath(Path.Combine(fileFolder, path));
        if (Bases(fileFolder).Any(b => full.StartsWith(Path.GetFullPath(b).TrimEnd('/') + "/", StringComparison.Ordinal))) return;
        throw new RowException($"'{Shorten(path)}' climbs out of the data folder", "give the absolute path, or that folder with --image-root", UnusableKind.Media);
    }

    private IEnumerable<string> Bases(string fileFolder)
    {
        if (imageRoot != null) yield return Path.GetFullPath(imageRoot);
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
