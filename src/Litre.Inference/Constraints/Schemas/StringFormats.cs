namespace Litre.Inference.Constraints.Schemas;

/// <summary>The formats of strings, as regular expressions that match the whole string.</summary>
internal static class StringFormats
{
    private const string Date =
        @"(?:(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29"
        + @"|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8])))";

    // Finer than 100 ns is not read by every program.
    private const string Clock = @"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,7})?";

    // No place is further from UTC.
    private const string Offset = @"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)";
    private const string Atom = "[A-Za-z0-9](?:[A-Za-z0-9_+'-]*[A-Za-z0-9])?";
    private const string Octet = @"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";

    // Shorter than what is valid, so that names of up to eight labels are no longer than what is valid.
    private const string Label = @"[A-Za-z0-9](?:[A-Za-z0-9-]{0,28}[A-Za-z0-9])?";

    private static readonly Dictionary<string, string> Patterns = new()
    {
        // There is no year 0, and a time with an offset must not be in it.
        ["date"] = "(?!0000)" + Date,
        ["date-time"] = "(?!000|9999)" + Date + "T" + Clock + Offset,
        ["time"] = Clock + Offset,
        ["duration"] =
            @"P(?:\d{1,9}W|(?:\d{1,9}Y(?:\d{1,9}M(?:\d{1,9}D)?)?|\d{1,9}M(?:\d{1,9}D)?|\d{1,9}D)"
            + @"(?:T(?:\d{1,9}H(?:\d{1,9}M(?:\d{1,9}S)?)?|\d{1,9}M(?:\d{1,9}S)?|\d{1,9}S))?"
            + @"|T(?:\d{1,9}H(?:\d{1,9}M(?:\d{1,9}S)?)?|\d{1,9}M(?:\d{1,9}S)?|\d{1,9}S))",
        ["uuid"] = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        ["email"] = @"(?=[^@]{1,64}@)" + Atom + @"(?:\." + Atom + @")*@(?:" + Label + @"\.){1,4}[A-Za-z]{2,24}",
        ["hostname"] = Label + @"(?:\." + Label + "){0,7}",
        ["ipv4"] = Octet + @"(?:\." + Octet + "){3}",
        ["uri"] =
            @"[A-Za-z][A-Za-z0-9+.-]{0,30}://"
            + Label
            + @"(?:\."
            + Label
            + @")*(?::\d{1,4})?(?:[/?#](?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?",
    };

    public static IReadOnlyCollection<string> Names => Patterns.Keys;

    /// <param name="name">The format.</param>
    /// <param name="hasPattern">
    /// Whether the schema also has a pattern. A time then needs no offset from UTC: libraries whose times have none state a pattern.
    /// </param>
    /// <returns>The expression, or null for an unknown format.</returns>
    public static string? Pattern(string name, bool hasPattern) =>
        name == "time" && hasPattern
            ? $@"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{{1,7}})?)?{Offset}?"
            : Patterns.GetValueOrDefault(name);
}
