using System.Text.RegularExpressions;

namespace Litre.Privacy.Reports;

/// <summary>
/// Names whose parts are numbers or random, as one pattern: <c>clr-debug-pipe-*-*-in</c>. For what people read; the JSON file has every
/// name.
/// </summary>
public static partial class NamePattern
{
    /// <summary>The name with its long numbers and random parts replaced.</summary>
    public static string Of(string name) => Variable().Replace(name, "*");

    // Identifiers and sums, numbers of three digits and more, and folders that are named by the first byte of a sum.
    [GeneratedRegex("[0-9a-f]{20,}|(?<=sem\\.clrst)[0-9a-f]+|[0-9]{3,}|(?<=/|^)[0-9a-f]{2}(?=/|$)")]
    private static partial Regex Variable();
}
