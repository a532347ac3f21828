using System.Text.RegularExpressions;
using Litre.Model.Configuration;
using Litre.Model.Families;

namespace Litre.Model.Identity;

/// <summary>Recognizes the names under which models are published, in hub names, folder names and paths of the hub's cache.</summary>
public static partial class PublishedName
{
    /// <summary>
    /// The published model that a name or path represents, with its variant; null for any other. Copies under another owner's name and
    /// quantized copies count as the model that they were made from.
    /// </summary>
    public static string? Find(string nameOrPath) =>
        ModelFamilies.All.Select(f => f.Published.Recognize(Last(nameOrPath))).FirstOrDefault(name => name is not null);

    /// <summary>Whether a configuration has the sizes of a published model.</summary>
    /// <param name="published">From <see cref="Find"/>.</param>
    /// <param name="config">The configuration of any checkpoint.</param>
    public static bool HasShape(string published, ModelConfig config) =>
        ModelFamilies.FindPublished(published) is var (_, known)
        && known.ModelType == config.ModelType
        && known.Text.HiddenSize == config.Text.HiddenSize
        && known.Text.Layers == config.Text.Layers
        && known.Text.Heads == config.Text.Heads
        && known.Text.KvHeads == config.Text.KvHeads
        && known.Text.IntermediateSize == config.Text.IntermediateSize
        && known.Text.Experts == config.Text.Experts
        && known.Text.MoeIntermediateSize == config.Text.MoeIntermediateSize
        && known.Vision?.Depth == config.Vision?.Depth
        && known.Vision?.HiddenSize == config.Vision?.HiddenSize;

    /// <summary>Whether a name is spelled like a model of a well-known family and size, this family's or another's.</summary>
    public static bool IsWellKnown(string nameOrPath) => WellKnownNames.Contains(Last(nameOrPath));

    /// <summary>Whether a name is a hub's, <c>owner/name</c>, and not a folder's.</summary>
    public static bool IsHubName(string name) => HubName().IsMatch(name) && !name.StartsWith('.') && !Directory.Exists(name);

    /// <summary><c>owner/name</c> of a path inside the hub's cache (<c>models--owner--name/snapshots/…</c>); null for any other.</summary>
    public static string? OfCacheFolder(string path) =>
        CacheFolder().Match(path) is { Success: true } match ? $"{match.Groups["owner"].Value}/{match.Groups["name"].Value}" : null;

    /// <summary>The name itself, without an owner or the folders around it.</summary>
    internal static string Last(string nameOrPath)
    {
        var name = OfCacheFolder(nameOrPath) ?? nameOrPath;
        name = name.TrimEnd('/', '\\');
        return name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
    }

    [GeneratedRegex(@"^[\w.\-]+/[\w.\-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex HubName();

    [GeneratedRegex(@"models--(?<owner>[^/\\]+?)--(?<name>[^/\\]+)(?=[/\\]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex CacheFolder();
}
