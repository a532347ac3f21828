using System.Globalization;
using System.Text.RegularExpressions;

namespace Litre.Core;

/// <summary>
/// How texts below the command line speak of settings: by their name in a recipe, in backticks, with a value or without:
/// <c>`max-tokens`</c>, <c>`tile-answers page`</c>. Who shows a text renders the names in its own way.
/// </summary>
public static partial class SettingName
{
    /// <summary>A setting and its value as texts name them.</summary>
    /// <param name="name">Such as <c>max-tokens</c>.</param>
    /// <param name="value">Null or an empty text to name the setting alone.</param>
    public static string Quote(string name, object? value = null) =>
        Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? $"`{name} {text}`" : $"`{name}`";

    /// <summary>The text with each named setting rendered.</summary>
    /// <param name="text">Any text; what stands in backticks and is not a setting stays as it is.</param>
    /// <param name="isSetting">Whether a name is one of a setting.</param>
    /// <param name="render">Makes of the name and the value, which may be empty, what is shown.</param>
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
