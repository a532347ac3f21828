using System.Text;
using Litre.Cli.Errors;

namespace Litre.Cli.Chatting;

/// <summary>Paths as users type them, or as terminals insert them for a dropped file.</summary>
internal static class ChatPaths
{
    /// <summary>
    /// Returns the path without surrounding quotes and with <c>~</c> expanded. A shell's backslashes are removed if only the result
    /// names a file.
    /// </summary>
    public static string Typed(string text)
    {
        if (text.Length > 1 && text[0] is '\'' or '"' && text[^1] == text[0])
            return HomePaths.Expand(text[1..^1]);
        var path = HomePaths.Expand(text);
        return path.Contains('\\') && !Path.Exists(path) && Unescaped(path) is var plain && Path.Exists(plain) ? plain : path;
    }

    private static string Unescaped(string path)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '\\' && i + 1 < path.Length)
                i++;
            plain.Append(path[i]);
        }
        return plain.ToString();
    }
}
