using System.Globalization;
using System.Text.RegularExpressions;

namespace Litre.Access.Audit;

/// <summary>The names of the files of an audit log: <c>audit-000001.jsonl</c> and so on.</summary>
internal static partial class AuditFiles
{
    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"audit-{number:D6}.jsonl");

    public static bool IsName(string name) => Pattern().IsMatch(name);

    public static int NumberOf(string name) => int.Parse(Pattern().Match(name).Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    /// <summary>The name of the file after another.</summary>
    public static string After(string name) => NameOf(NumberOf(name) + 1);

    /// <summary>The names of the files in a folder, in order.</summary>
    public static IReadOnlyList<string> In(string folder) =>
        [.. Directory.EnumerateFiles(folder, "audit-*.jsonl").Select(file => Path.GetFileName(file)).Where(IsName).OrderBy(NumberOf)];

    [GeneratedRegex(@"^audit-(\d{6,9})\.jsonl$")]
    private static partial Regex Pattern();
}
