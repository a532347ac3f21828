using System.Text;
using Litre.Cli.Errors;

namespace Litre.Cli.Chatting;

/// <summary>Paths as people type them, or terminals insert them when a file is dropped onto them.</summary>
internal static class ChatPaths
{
    /// <summary>
    /// The path meant: without the quotes around it, with <c>~</c> expanded, and with a shell's backslashes taken away where only
    /// that names a file.
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
