using System.Globalization;
using Litre.Core;
using Litre.Torch;

namespace Litre.Model.Files;

/// <summary>Compares a file's keys with those a model needs, and describes the difference in one line.</summary>
internal static class KeyList
{
    private const int Shown = 8;

    /// <summary>Refuses weights whose keys or shapes differ from those of the configuration.</summary>
    internal static void Check(
        string where,
        IReadOnlyDictionary<string, TensorEntry> found,
        IReadOnlyDictionary<string, long[]> expected,
        IReadOnlySet<string>? optional
    )
    {
        if (Describe(found, expected, optional, Shown) is { } difference)
            throw new InputException(
                $"{where}: the weights do not fit the configuration: {difference}; use the config.json that belongs to these weights"
            );
    }

    /// <summary>How keys and shapes differ from those expected, with a few examples; null if they do not.</summary>
    internal static string? Describe(
        IReadOnlyDictionary<string, TensorEntry> found,
        IReadOnlyDictionary<string, long[]> expected,
        IReadOnlySet<string>? optional,
        int shown
    )
    {
        var missing = new List<string>();
        var wrong = new List<string>();
        foreach (var (key, shape) in expected.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            if (!found.TryGetValue(key, out var entry))
            {
                if (optional?.Contains(key) != true)
                    missing.Add(key);
            }
            else if (!entry.Shape.AsSpan().SequenceEqual(shape))
            {
                wrong.Add($"{key} {Shape.Text(entry.Shape)} instead of {Shape.Text(shape)}");
            }
        }
        var unexpected = found.Keys.Where(k => !expected.ContainsKey(k)).Order(StringComparer.Ordinal).ToList();
        if (missing.Count + unexpected.Count + wrong.Count == 0)
            return null;

        var parts = new List<string>();
        if (missing.Count > 0)
            parts.Add($"{Count(missing)} missing: {Text(missing, shown)}");
        if (unexpected.Count > 0)
            parts.Add($"{Count(unexpected)} unexpected: {Text(unexpected, shown)}");
        if (wrong.Count > 0)
            parts.Add($"{Count(wrong)} with another shape: {Text(wrong, shown)}");
        return string.Join("; ", parts);
    }

    /// <summary>The first few names, and the number of others.</summary>
    internal static string Text(IReadOnlyList<string> names, int shown = Shown) =>
        names.Count <= shown
            ? string.Join(", ", names)
            : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", names.Take(shown))} and {names.Count - shown} more");

    private static string Count(List<string> names) =>
        string.Create(CultureInfo.InvariantCulture, $"{names.Count} key{(names.Count == 1 ? "" : "s")}");
}
