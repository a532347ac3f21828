namespace Litre.Cli.Errors;

/// <summary>Expands <c>~</c> where no shell does: in <c>--data=~/x</c>, in quotes, and in a chat.</summary>
internal static class HomePaths
{
    /// <summary>Options whose values are texts, not paths.</summary>
    public static readonly IReadOnlyList<string> Texts = ["--prompt", "--system"];

    /// <summary>The path with the home folder in place of a leading <c>~</c>.</summary>
    public static string Expand(string path) =>
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
            ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
            : path;

    /// <summary>A command line with the values of its options expanded.</summary>
    public static string[] Expand(string[] arguments) =>
        [
            .. arguments.Select(
                (argument, i) =>
                {
                    if (i > 0 && arguments[i - 1].StartsWith("--", StringComparison.Ordinal) && !Texts.Contains(arguments[i - 1]))
                        return Expand(argument);
                    var equals = argument.IndexOf('=');
                    return argument.StartsWith("--", StringComparison.Ordinal) && equals > 0 && !Texts.Contains(argument[..equals])
                        ? argument[..(equals + 1)] + Expand(argument[(equals + 1)..])
                        : argument;
                }
            ),
        ];
}
