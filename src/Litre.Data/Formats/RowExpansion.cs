namespace Litre.Data.Formats;

/// <summary>
/// Rows inside rows: lists of rows (as packing tools write them), an object of columns, rows under their ids or
/// under the names of splits. A plain row stays unchanged.
/// </summary>
internal static class RowExpansion
{
    private static readonly string[] QuestionLike = [.. RowNames.Question, .. RowNames.Conversation];
    private static readonly string[] RowsLike =
    [
        "data",
        "rows",
        "samples",
        "examples",
        "items",
        "annotations",
        "records",
        "questions",
        "dataset",
    ];

    public static IEnumerable<RawRow> Expand(RawRow row, Action<string> notice)
    {
        switch (row.Value)
        {
            case List<object?> { Count: > 0 } list when list.All(IsTurn):
                return [row with { Value = new Dictionary<string, object?> { ["messages"] = list } }];
            case List<object?> { Count: > 0 } list when list.All(v => v is Dictionary<string, object?> or List<object?> { Count: > 0 }):
                notice("contains lists of rows; each row of a list is read as a separate row");
                return list.SelectMany(v => Expand(row with { Value = v }, notice));
            case Dictionary<string, object?> map when !DatasetInfo.IsDescription(map):
                return Expand(row, map, notice);
            default:
                return [row];
        }
    }

    private static IEnumerable<RawRow> Expand(RawRow row, Dictionary<string, object?> map, Action<string> notice)
    {
        if (Columns(map) is { } columns)
            return FromColumns(row, map, columns);
        if (QuestionLike.Any(map.ContainsKey) || map.Count == 0)
            return [row];
        if (map.ContainsKey("images") && map.ContainsKey("annotations") && map.ContainsKey("categories"))
            return
            [
                row with
                {
                    Value = null,
                    Reason = "is a COCO file: it contains boxes and categories, but no questions and answers",
                    Remedy = "write rows with a question and an answer from it",
                },
            ];
        if (
            map.GetValueOrDefault("columns") is List<object?> names
            && map.GetValueOrDefault("data") is List<object?> cells
            && names.All(n => n is string)
        )
            return FromCells(row, [.. names.Cast<string>()], cells);
        if (map.Keys.Any(k => SplitNames.Recognize(k) != null && IsRows(map[k])))
            return FromParts(row, map, k => SplitNames.Recognize(k) != null, notice);
        if (map.Keys.FirstOrDefault(k => RowsLike.Contains(k, StringComparer.OrdinalIgnoreCase) && IsRows(map[k])) is { } rows)
            return FromParts(row, map, k => k == rows, notice);
        if (map.Values.All(v => v is Dictionary<string, object?> inner && QuestionLike.Any(inner.ContainsKey)))
            return map.Select(p => row with { Value = WithId((Dictionary<string, object?>)p.Value!, p.Key) });
        return [row];
    }

    /// <summary>The number of rows in an object of columns; null for an object that is a row.</summary>
    private static int? Columns(Dictionary<string, object?> map)
    {
        if (First(map, RowNames.Conversation) is { } turns)
            return turns is List<object?> { Count: > 0 } lists && lists.All(l => l is List<object?>) ? lists.Count : null;
        return (First(map, RowNames.Question), First(map, RowNames.Answer)) switch
        {
            (List<object?> { Count: > 0 } questions, List<object?>) when questions.All(q => q is string) => questions.Count,
            (Dictionary<string, object?> { Count: > 0 } questions, Dictionary<string, object?>) => questions.Count,
            _ => null,
        };
    }

    private static IEnumerable<RawRow> FromColumns(RawRow row, Dictionary<string, object?> map, int count)
    {
        var cells = new Dictionary<string, IList<object?>>();
        foreach (var (key, value) in map)
        {
            IList<object?>? column = value switch
            {
                List<object?> list => list,
                Dictionary<string, object?> byIndex => [.. byIndex.Values], // the format of pandas
                _ => null,
            };
            if (column == null)
                continue;
            if (column.Count != count)
            {
                return
                [
                    row with
                    {
                        Value = null,
                        Reason =
                            $"is an object of columns of different lengths: '{PathResolver.Shorten(key)}' has "
                            + $"{column.Count} entries, others {count}",
                        Remedy = "give every column one entry per row, or write one object per row",
                    },
                ];
            }
            cells[key] = column;
        }
        return Enumerable
            .Range(0, count)
            .Select(i => row with { Value = map.ToDictionary(p => p.Key, p => cells.TryGetValue(p.Key, out var c) ? c[i] : p.Value) });
    }

    private static IEnumerable<RawRow> FromCells(RawRow row, string[] names, List<object?> cells) =>
        cells.Select(c =>
            c is List<object?> values && values.Count == names.Length
                ? row with
                {
                    Value = names.Zip(values).DistinctBy(p => p.First).ToDictionary(p => p.First, p => p.Second),
                }
                : row with
                {
                    Value = null,
                    Reason = $"a row is not a list of {names.Length} cells, one for each of 'columns'",
                    Remedy = "write one object per row",
                }
        );

    private static IEnumerable<RawRow> FromParts(
        RawRow row,
        Dictionary<string, object?> map,
        Func<string, bool> isPart,
        Action<string> notice
    )
    {
        foreach (var (key, value) in map)
        {
            if (isPart(key) && value is List<object?> rows)
            {
                foreach (var item in rows)
                foreach (var one in Expand(row with { Value = item, Split = SplitNames.Recognize(key) }, notice))
                    yield return one;
            }
            else if (value is List<object?> or Dictionary<string, object?>)
            {
                notice($"'{PathResolver.Shorten(key)}' is next to the rows and is not read");
            }
        }
    }

    private static bool IsRows(object? value) =>
        value is List<object?> { Count: > 0 } list && list.All(v => v is Dictionary<string, object?>);

    public static bool IsTurn(object? value) =>
        value is Dictionary<string, object?> map
        && (map.ContainsKey("role") || map.ContainsKey("from"))
        && (map.ContainsKey("content") || map.ContainsKey("value") || map.ContainsKey("tool_calls"));

    private static Dictionary<string, object?> WithId(Dictionary<string, object?> map, string key)
    {
        if (RowNames.Id.All(k => !map.ContainsKey(k)))
            map["id"] = key;
        return map;
    }

    private static object? First(Dictionary<string, object?> map, IEnumerable<string> keys) =>
        keys.Select(k => map.GetValueOrDefault(k)).FirstOrDefault(v => v != null);
}
