using System.Globalization;
using Litre.Library.Entries;

namespace Litre.Library.Comparison;

/// <summary>A property in which two adapters differ.</summary>
/// <param name="Name">The property, or the name of a recipe's setting.</param>
/// <param name="A">Its value for the first adapter; a dash if it is unknown.</param>
/// <param name="B">Its value for the second.</param>
public sealed record EntryDifference(string Name, string A, string B)
{
    // Where files are and how a run is observed changes nothing about the adapter.
    private static readonly HashSet<string> Unrelated = new(StringComparer.Ordinal) { "output", "note", "adapter-name", "model", "data" };

    /// <summary>The properties and settings in which two adapters differ: base, data, shape, scores and recipe.</summary>
    public static IReadOnlyList<EntryDifference> Find(AdapterEntry a, AdapterEntry b)
    {
        var found = new List<EntryDifference>();
        Add("weights", Weights(a), Weights(b));
        Add("base", a.Base?.Fingerprint.Short, b.Base?.Fingerprint.Short);
        Add("base model", a.Base?.Name ?? a.Model, b.Base?.Name ?? b.Model);
        Add("data", a.Data, b.Data);
        Add("data fingerprint", Short(a.DataFingerprint), Short(b.DataFingerprint));
        Add("rank", Text(a.Shape.Rank), Text(b.Shape.Rank));
        Add("alpha", Text(a.Shape.Alpha), Text(b.Shape.Alpha));
        Add("rank-stabilized", a.Shape.RankStabilized ? "yes" : "no", b.Shape.RankStabilized ? "yes" : "no");
        Add("targets", string.Join(" ", a.Shape.Targets), string.Join(" ", b.Shape.Targets));
        Add("held-out loss", Loss(a), Loss(b));
        foreach (var name in a.Recipe.Keys.Union(b.Recipe.Keys).Where(n => !Unrelated.Contains(n)))
            Add(name, a.Recipe.GetValueOrDefault(name), b.Recipe.GetValueOrDefault(name));
        return found;

        void Add(string name, string? left, string? right)
        {
            if (left != right)
                found.Add(new EntryDifference(name, left ?? "–", right ?? "–"));
        }
    }

    private static string? Weights(AdapterEntry entry) =>
        Short(entry.Files.FirstOrDefault(f => f.Name.EndsWith(".safetensors", StringComparison.Ordinal))?.Sha256);

    private static string? Short(string? hash) => hash is { Length: > 12 } ? hash[..12] : hash;

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string? Loss(AdapterEntry entry) => entry.Scores?.Loss?.ToString("0.0000", CultureInfo.InvariantCulture);
}
