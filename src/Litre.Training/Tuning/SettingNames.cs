using Litre.Core;

namespace Litre.Training.Tuning;

/// <summary>Finds the setting meant by a mistyped name, or by another trainer's name for it.</summary>
public static class SettingNames
{
    private const int LongName = 7;
    private const int ShortName = 4;

    private static readonly Lazy<Dictionary<string, string[]>> Aliases = new(Read);

    /// <summary>Returns the name that was most likely meant; null if none is similar.</summary>
    /// <param name="given">The given name, with or without leading dashes; underscores count as dashes.</param>
    /// <param name="known">The existing names, without leading dashes.</param>
    public static string? Suggest(string given, IReadOnlyCollection<string> known)
    {
        var name = given.TrimStart('-').Replace('_', '-').ToLowerInvariant();
        if (known.Contains(name))
            return name;
        if (Aliases.Value.GetValueOrDefault(name)?.FirstOrDefault(known.Contains) is { } translated)
            return translated;
        // PyTorch Lightning, Hydra and others group settings: training.learning_rate.
        if (name.LastIndexOf('.') is var dot and > 0)
            return Suggest(name[(dot + 1)..], known);
        return known.FirstOrDefault(k => name.Length >= 3 && k.StartsWith(name + "-", StringComparison.Ordinal)) ?? Nearest(name, known);
    }

    /// <summary>Returns the known name with the smallest spelling distance; null if all are too different.</summary>
    public static string? Nearest(string given, IReadOnlyCollection<string> known)
    {
        var most =
            given.Length > LongName ? 3
            : given.Length > ShortName ? 2
            : 1;
        var best = known.Select(name => (name, Distance: Spelling.Distance(given, name))).OrderBy(n => n.Distance).FirstOrDefault();
        return best.name is not null && best.Distance <= most && best.Distance < best.name.Length ? best.name : null;
    }

    private static Dictionary<string, string[]> Read()
    {
        using var stream = typeof(SettingNames).Assembly.GetManifestResourceStream("Litre.Training.Tuning.foreign-names.txt")!;
        using var reader = new StreamReader(stream);
        return reader
            .ReadToEnd()
            .Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' '))
            .ToDictionary(names => names[0], names => names[1..], StringComparer.Ordinal);
    }
}
