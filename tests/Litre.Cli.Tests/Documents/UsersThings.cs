using System.Text.RegularExpressions;

namespace Litre.Cli.Tests.Documents;

/// <summary>What a document's user has and its commands only name: models, data, images, runs. The options tell the kind.</summary>
internal static partial class UsersThings
{
    /// <summary>Kinds, as <c>session.sh</c> makes them, and paths of what must be there before a command.</summary>
    public static IEnumerable<(string Kind, string Path)> Of(string command)
    {
        foreach (Match match in Named().Matches(command))
        {
            var path = match.Groups["path"].Value.Trim('"', '\'');
            var kind = match.Groups["option"].Value.Trim() switch
            {
                "--model" or "verify checkpoint" or "litre bench" => IsFolder(path) ? "model" : null,
                "--data" or "--tokenizer-from" or "data check" or "data preview" => "data",
                "--adapter" when LibraryName().IsMatch(path) => null,
                "--adapter" or "--run" or "adapter add" => "run",
                "--output" => command.Contains("--resume", StringComparison.Ordinal) ? "run" : null,
                "--image" => ImageFile().IsMatch(path) ? "image" : null,
                "--images" => "images",
                "--from" => path.StartsWith('/') ? "models" : null,
                _ => IsFolder(path) && !path.Contains('/', StringComparison.Ordinal) ? "model" : null,
            };
            if (kind == "run")
                path = CheckpointOfRun().Replace(path, "");
            if (kind is not null && !path.Contains('$', StringComparison.Ordinal))
                yield return (kind, path);
        }
    }

    // Names without a folder are published sizes; words in capitals stand for the user's own folder.
    private static bool IsFolder(string path) =>
        path.StartsWith("models/", StringComparison.Ordinal)
        || Capitals().IsMatch(path)
        || path.StartsWith("PATH/", StringComparison.Ordinal);

    [GeneratedRegex(
        @"(?<option>--model|verify checkpoint|litre bench|--data|--tokenizer-from|data check|data preview|adapter add|--adapter|--run"
            + """|--output|--images?|--from|\bcd)[ =]+(?<path>"[^"]*"|'[^']*'|[^\s"'()&;|<>-][^\s"'()&;|<>]*)"""
    )]
    private static partial Regex Named();

    [GeneratedRegex(@"\.(png|jpe?g|webp|tiff?|bmp|gif)$")]
    private static partial Regex ImageFile();

    [GeneratedRegex(@"/(best|checkpoint-\d+)/?$")]
    private static partial Regex CheckpointOfRun();

    [GeneratedRegex("^[^/]+[@:][^/]+$")]
    private static partial Regex LibraryName();

    [GeneratedRegex("^[A-Z][A-Z_-]+$")]
    private static partial Regex Capitals();
}
