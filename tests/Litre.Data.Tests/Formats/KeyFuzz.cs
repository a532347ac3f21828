using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Keys;
using Litre.Data.Samples;

namespace Litre.Data.Tests.Formats;

/// <summary>
/// Changes one key of rows of every dialect and holds the parser to its own account: every key has a line, a key that is
/// said to be ignored has no effect, one that is said to be used has one, and what is learned never differs without a line
/// about the changed key.
/// </summary>
internal sealed class KeyFuzz(Func<Dictionary<string, object?>, Row> parse, int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>What was found wrong, at most one finding a row.</summary>
    public List<string> Findings { get; } = [];

    public int Usable { get; private set; }

    /// <summary>Rows that can be used and are learned otherwise than the untouched one.</summary>
    public int Changed { get; private set; }

    public void Run(int rows)
    {
        for (var i = 0; i < rows; i++)
        {
            var untouched = RowDialects.Row(i % RowDialects.Count, i);
            var row = RowDialects.Row(i % RowDialects.Count, i);
            if (Change(row) is not { } change)
                continue;
            if (Examine(parse(untouched), row, change) is { } finding)
                Findings.Add($"row {i} (dialect {i % RowDialects.Count}), {change}: {finding}");
        }
    }

    // The objects of a row at their levels, found without the parser.
    private static List<(KeyLevel Level, Dictionary<string, object?> Map)> Objects(Dictionary<string, object?> row, Row? read = null)
    {
        List<(KeyLevel, Dictionary<string, object?>)> objects = [(KeyLevel.Row, row)];
        string[] conversations = ["messages", "conversations", "conversation", "prompt", "completion"];
        // Of a row that was read, only those that the parser says it used.
        foreach (
            var turn in Inside(
                row,
                [
                    .. conversations.Where(c =>
                        read?.Keys.Any(k => k is { Level: KeyLevel.Row, Outcome: KeyOutcome.Used } && k.Key == c) ?? true
                    ),
                ]
            )
        )
        {
            objects.Add((KeyLevel.Turn, turn));
            objects.AddRange(Inside(turn, ["content", "value"]).Select(p => (KeyLevel.Part, p)));
        }
        return objects;

        static IEnumerable<Dictionary<string, object?>> Inside(Dictionary<string, object?> map, string[] keys) =>
            keys.Select(k => map.GetValueOrDefault(k)).OfType<List<object?>>().SelectMany(l => l).OfType<Dictionary<string, object?>>();
    }

    private (KeyLevel Level, string Key)? Change(Dictionary<string, object?> row)
    {
        var objects = Objects(row);
        var (level, map) = objects[_random.Next(objects.Count)];
        var old = map.Keys.ElementAt(_random.Next(map.Count));
        var (name, value) = RowDialects.Keys[_random.Next(RowDialects.Keys.Count)];
        switch (_random.Next(3))
        {
            case 0:
                var renamed = map[old];
                map.Remove(old);
                map[name] = renamed;
                return (level, name);
            case 1:
                map[name] = RowDialects.Value(value);
                return (level, name);
            default:
                var (target, other) = objects[_random.Next(objects.Count)];
                if (other == map || Contains(map[old], other))
                    return null;
                other[old] = map[old];
                map.Remove(old);
                return (target, old);
        }
    }

    private string? Examine(Row untouched, Dictionary<string, object?> row, (KeyLevel Level, string Key) change)
    {
        var read = parse(row);
        if (read.Sample is not { } sample)
            return string.IsNullOrWhiteSpace(read.Unusable?.Reason) ? "refused without a reason" : null;
        Usable++;
        foreach (var (level, map) in Objects(row, read).Where(o => IsRead(o.Level, read)))
        {
            foreach (var (key, value) in map.ToList())
            {
                if (RowFields.IsAbsent(value))
                    continue;
                var uses = read.Keys.Where(k => k.Level == level && k.Key == key).ToList();
                if (uses.Count == 0)
                    return $"the key {key} of a {level} has no line";
                if (uses.Count == 1 && Untruth(row, map, key, uses[0], read) is { } untruth)
                    return untruth;
            }
        }
        if (untouched.Sample is { } before && Learned(before) == Learned(sample))
            return null;
        Changed++;
        return
            read.Keys.Any(k => k.Level == change.Level && k.Key == change.Key)
            || sample.Warnings.Any(w => w.Text.Contains(change.Key, StringComparison.Ordinal))
            || RowFields.IsAbsent(
                Objects(row).FirstOrDefault(o => o.Level == change.Level && o.Map.ContainsKey(change.Key)).Map?[change.Key]
            )
            ? null
            : "what is learned differs, and no line says so";
    }

    // Turns and parts count where the parser met objects at their level.
    private static bool IsRead(KeyLevel level, Row read) => level == KeyLevel.Row || read.Keys.Any(k => k.Level == level);

    private string? Untruth(Dictionary<string, object?> row, Dictionary<string, object?> map, string key, KeyUse use, Row read)
    {
        var value = map[key];
        map.Remove(key);
        var without = parse(row);
        map[key] = "zz-poison";
        var poisoned = parse(row);
        map[key] = value;
        if (use.Outcome == KeyOutcome.Ignored)
            return without.Sample is { } left && Learned(left) == Learned(read.Sample!)
                ? null
                : $"{key} is said to be ignored, but without it the row is another one";
        if (use.Detail.StartsWith("mark", StringComparison.Ordinal))
            return null;
        return All(without) != All(read) || All(poisoned) != All(read) || poisoned.Keys.All(k => k != use)
            ? null
            : $"{key} is said to be used ({use.Detail}), but has no effect";
    }

    private static string All(Row row) =>
        row.Sample is { } s
            ? $"{Learned(s)}/{s.Id}/{s.Split}/{s.QuestionType}/{string.Join('|', s.References)}/"
                + $"{string.Join('|', s.Choices)}/{string.Join('|', s.Images.Select(i => i.Name))}"
            : row.Unusable!.Reason;

    private static string Learned(Sample sample) =>
        string.Join(
            '\n',
            sample.Messages.Select(m =>
                $"{m.Role} {m.CarriesLoss} {m.Thought} {m.Text} {string.Join(' ', m.Tools)} "
                + $"{string.Concat(m.Parts.Select(p => p.Kind == ContentKind.Image ? $"[{sample.Images[p.Index].Name}]" : p.Text))}"
            )
        );

    private static bool Contains(object? value, object? wanted) =>
        ReferenceEquals(value, wanted)
        || value switch
        {
            List<object?> list => list.Any(i => Contains(i, wanted)),
            Dictionary<string, object?> map => map.Values.Any(i => Contains(i, wanted)),
            _ => false,
        };
}
