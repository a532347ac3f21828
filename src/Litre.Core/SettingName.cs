using System.Globalization;
using System.Text.RegularExpressions;

namespace Litre.Core;

/// <summary>
/// How texts below the command line refer to settings: by their name in a recipe, in backticks, with or without a value:
/// <c>`max-tokens`</c>, <c>`tile-answers page`</c>. The code that shows a text renders the names in its own way.
/// </summary>
public static partial class SettingName
{
    /// <summary>A setting and its value as they appear in texts.</summary>
    /// <param name="name">Such as <c>max-tokens</c>.</param>
    /// <param name="value">Null or empty for the name alone.</param>
    public static string Quote(string name, object? value = null) =>
        Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? $"`{name} {text}`" : $"`{name}`";

    /// <summary>The text with each named setting rendered.</summary>
    /// <param name="text">Any text; names in backticks that are not settings stay unchanged.</param>
    /// <param name="isSetting">Whether a name is that of a setting.</param>
    /// <param name="render">Returns the text to show for a name and a value, which may be empty.</param>
    public static string Render(string text, Func<string, bool> isSetting, Func<string, string, string> render) =>
        Quoted()
            .Replace(
                text,
                match =>
                    isSetting(match.Groups["name"].Value) ? render(match.Groups["name"].Value, match.Groups["value"].Value) : match.Value
            );

    [GeneratedRegex("`(?<name>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?: (?<value>[^`]+))?`")]
    private static partial Regex Quoted();
}
