namespace Litre.Core.Files;

/// <summary>Whether one path is inside another, with links followed; neither need exist yet.</summary>
public static class FolderNesting
{
    private const int MaxLinks = 40;

    /// <summary>Whether a path is the folder itself or inside it at any depth.</summary>
    /// <param name="folder">The outer one.</param>
    /// <param name="path">The inner one.</param>
    public static bool IsSameOrInside(string folder, string path)
    {
        var (outer, inner) = (ResolveLinks(folder), ResolveLinks(path));
        return inner == outer || inner.StartsWith(outer.EndsWith('/') ? outer : outer + '/', StringComparison.Ordinal);
    }

    /// <summary>The full path with links resolved, as far as it exists.</summary>
    public static string ResolveLinks(string path) => ResolveLinks(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), MaxLinks);

    private static string ResolveLinks(string full, int links)
    {
        var at = Path.GetPathRoot(full)!;
        var parts = full[at.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            at = Path.Combine(at, parts[i]);
            if (links > 0 && Target(at) is { } target)
                return ResolveLinks(Path.GetFullPath(Path.Combine([target, .. parts[(i + 1)..]])), links - 1);
        }
        return at;
    }

    private static string? Target(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // does not exist yet
        }
    }
}
