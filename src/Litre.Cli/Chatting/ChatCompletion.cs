using Litre.Cli.Errors;

namespace Litre.Cli.Chatting;

/// <summary>Tab completion in a chat: the name of a command, or the path after <c>/image</c>.</summary>
internal static class ChatCompletion
{
    private static readonly string[] Commands = ["/clear", "/exit", "/help", "/image"];

    /// <summary>Returns the text completed as far as it is unambiguous, and the possible completions.</summary>
    public static (string Text, IReadOnlyList<string> Choices) Complete(string text)
    {
        const string image = "/image ";
        if (text.StartsWith(image, StringComparison.Ordinal))
        {
            var given = text[image.Length..].TrimStart();
            var (path, choices) = CompletePath(given);
            return (image + path, choices);
        }
        if (!text.StartsWith('/'))
            return (text, []);
        string[] names = [.. Commands.Where(c => c.StartsWith(text, StringComparison.Ordinal))];
        return names.Length == 1 ? (names[0] + (names[0] == "/image" ? " " : ""), names) : (Common(names, text), names);
    }

    private static (string Text, IReadOnlyList<string> Choices) CompletePath(string path)
    {
        if (path == "~")
            return ("~/", []);
        var quote = path.Length > 0 && path[0] is '\'' or '"' ? path[..1] : "";
        var typed = path[quote.Length..];
        var slash = typed.LastIndexOf('/') + 1;
        var (folder, start) = (typed[..slash], typed[slash..]);
        try
        {
            var entries = new DirectoryInfo(folder.Length == 0 ? "." : HomePaths.Expand(folder))
                .EnumerateFileSystemInfos()
                .Where(e => e.Name.StartsWith(start, StringComparison.Ordinal) && (start.Length > 0 || e.Name[0] != '.'))
                .Select(e => e.Name + (Directory.Exists(e.FullName) ? "/" : ""))
                .Order(StringComparer.Ordinal)
                .ToList();
            return (quote + folder + Common(entries, start), entries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            return (path, []);
        }
    }

    // The common prefix of the names; the text itself if there are none.
    private static string Common(IReadOnlyList<string> names, string text)
    {
        if (names.Count == 0)
            return text;
        var length = names.Min(n => n.Length);
        for (var i = text.Length; i < length; i++)
        {
            if (names.Any(n => n[i] != names[0][i]))
                return names[0][..i];
        }
        return names[0][..length];
    }
}
