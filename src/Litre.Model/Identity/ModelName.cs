using System.Text.Json;
using Litre.Model.Configuration;

namespace Litre.Model.Identity;

/// <summary>The name of a checkpoint's folder, and the published model that it contains, according to the folder's own data.</summary>
/// <param name="Name">The readable name: the hub's if it is known, otherwise the folder's.</param>
/// <param name="Published">The published model that it is, by name and sizes; null if that cannot be determined.</param>
public sealed record ModelName(string Name, string? Published)
{
    private const string CardName = "README.md";
    private const int LongestCard = 1 << 16;

    // Names of folders that do not indicate their content.
    private static readonly HashSet<string> Generic = new(StringComparer.OrdinalIgnoreCase)
    {
        "model",
        "models",
        "base",
        "checkpoint",
        "weights",
        "merged",
        "best",
        "final",
        "output",
        "hf",
        "snapshot",
    };

    /// <summary>
    /// Determines the name of a folder from its place in the hub's cache, its own name, its configuration and the title of its model
    /// card.
    /// </summary>
    public static ModelName Of(string folder, ModelConfig config)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var last = Path.GetFileName(full);
        string?[] said = [PublishedName.OfCacheFolder(full), last, FromConfig(config), FromCard(full)];
        foreach (var name in said.OfType<string>())
        {
            if (PublishedName.Find(name) is { } published && PublishedName.HasShape(published, config))
                return new ModelName(name, published);
        }
        if (said[0] is { } cached)
            return new ModelName(cached, null);
        if (said[2] is { } hub && PublishedName.IsHubName(hub))
            return new ModelName(hub, null);
        return new ModelName(Generic.Contains(last) ? Path.Combine(Path.GetFileName(Path.GetDirectoryName(full)) ?? "", last) : last, null);
    }

    private static string? FromConfig(ModelConfig config)
    {
        if (config.RawJson is not { Length: > 0 } json)
            return null;
        using var document = JsonDocument.Parse(json);
        return
            document.RootElement.TryGetProperty("_name_or_path", out var value)
            && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 } name
            ? name
            : null;
    }

    private static string? FromCard(string folder)
    {
        try
        {
            var path = Path.Combine(folder, CardName);
            if (!File.Exists(path) || new FileInfo(path).Length > LongestCard)
                return null;
            return File.ReadLines(path).FirstOrDefault(line => line.StartsWith("# ", StringComparison.Ordinal))?[2..].Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The card is only one of several places that may contain the name.
            return null;
        }
    }
}
