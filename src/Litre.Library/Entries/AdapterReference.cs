using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Litre.Core;

namespace Litre.Library.Entries;

/// <summary>
/// How an adapter of the library is named: <c>NAME</c> for its newest version, <c>NAME@VERSION</c> for one version, <c>NAME:TAG</c>
/// for the version that has the tag.
/// </summary>
/// <param name="Name">Letters, digits, dots, underscores and hyphens, starting with a letter or digit.</param>
/// <param name="Version">The version, from 1; null if it is not named.</param>
/// <param name="Tag">The tag; null if it is not named.</param>
public sealed partial record AdapterReference(string Name, int? Version = null, string? Tag = null)
{
    /// <summary>What the base model itself is called in a comparison, so that no adapter has this name.</summary>
    public const string Base = "base";

    private const string Allowed = "use letters, digits, dots, underscores and hyphens, and start with a letter or digit";

    /// <summary>Reads a reference; null if the text is none, for example because it is a path.</summary>
    public static AdapterReference? TryParse(string text)
    {
        var match = Pattern().Match(text.Normalize(NormalizationForm.FormC));
        if (!match.Success || match.Groups["name"].Value == Base)
            return null;
        return new AdapterReference(
            match.Groups["name"].Value,
            match.Groups["version"] is { Success: true } version ? int.Parse(version.Value, CultureInfo.InvariantCulture) : null,
            match.Groups["tag"] is { Success: true } tag ? tag.Value : null
        );
    }

    /// <summary>Reads a reference.</summary>
    /// <exception cref="InputException">The text is no reference.</exception>
    public static AdapterReference Parse(string text) =>
        TryParse(text)
        ?? throw new InputException(
            $"{text}: is not the name of an adapter in the library; give NAME, NAME@VERSION or NAME:TAG, as `litre adapter list` shows them"
        );

    /// <summary>Checks a tag that is given to an adapter.</summary>
    /// <returns>The tag in normal form.</returns>
    /// <exception cref="InputException">It cannot be used.</exception>
    public static string CheckTag(string tag)
    {
        var normal = tag.Normalize(NormalizationForm.FormC);
        return Word().IsMatch(normal) ? normal : throw new InputException($"{tag}: cannot be used as a tag; {Allowed}");
    }

    /// <summary>Checks a name that is given to an adapter.</summary>
    /// <param name="setting">The setting, for the message.</param>
    /// <param name="name">The name.</param>
    /// <returns>The name in normal form.</returns>
    /// <exception cref="InputException">It cannot be used.</exception>
    public static string CheckName(string setting, string name)
    {
        var normal = name.Normalize(NormalizationForm.FormC);
        if (normal == Base)
            throw new InputException(setting, name, "means the base model without an adapter", "choose another name");
        return Word().IsMatch(normal) ? normal : throw new InputException(setting, name, "cannot be used as a name", Allowed);
    }

    /// <summary>The name for an adapter that is registered without one: that of its folder, without the time of a run.</summary>
    /// <param name="folder">The folder of an adapter or of a run.</param>
    internal static string Suggest(string folder)
    {
        var name = Time().Replace(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)).Normalize(NormalizationForm.FormC), "");
        name = Other().Replace(name, "-").Trim('-', '.', '_');
        if (name.Length > 100)
            name = name[..100];
        return name.Length == 0 || name == Base ? "adapter" : name;
    }

    public override string ToString() =>
        Version is { } version ? string.Create(CultureInfo.InvariantCulture, $"{Name}@{version}")
        : Tag is null ? Name
        : $"{Name}:{Tag}";

    [GeneratedRegex(
        @"^(?<name>[\p{L}\p{N}][\p{L}\p{N}._-]{0,99})(@(?<version>[1-9][0-9]{0,8})|:(?<tag>[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}))?$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Pattern();

    [GeneratedRegex(@"^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"-[0-9]{8}-[0-9]{6}$", RegexOptions.CultureInvariant)]
    private static partial Regex Time();

    [GeneratedRegex(@"[^\p{L}\p{N}._-]+", RegexOptions.CultureInvariant)]
    private static partial Regex Other();
}
