using Litre.Core;

namespace Litre.Data.Formats;

/// <summary>
/// One entry of a <c>dataset_info.json</c>, which describes a data file: its columns, the names of its turns' keys and roles,
/// its split, and the number of rows to read.
/// </summary>
internal sealed class ColumnMapping
{
    // The entry's name of each column, and the name by which rows are read.
    private static readonly (string Given, string Name)[] Columns =
    [
        ("prompt", "instruction"),
        ("query", "input"),
        ("response", "output"),
        ("history", "history"),
        ("messages", "messages"),
        ("system", "system"),
        ("tools", "tools"),
        ("images", "images"),
        ("videos", "videos"),
        ("audios", "audios"),
        ("chosen", "chosen"),
        ("rejected", "rejected"),
        ("kto_tag", "kto_tag"),
    ];

    private static readonly (string Given, string Standard, string Role)[] Roles =
    [
        ("user_tag", "human", "user"),
        ("assistant_tag", "gpt", "assistant"),
        ("observation_tag", "observation", "tool"),
        ("function_tag", "function_call", "function_call"),
        ("system_tag", "system", "system"),
    ];

    private static readonly string[] EntryKeys =
    [
        "file_name",
        "formatting",
        "ranking",
        "subset",
        "split",
        "folder",
        "num_samples",
        "columns",
        "tags",
        "dataset_path",
        "dataset_name",
        "subsets",
    ];

    // Columns with the same meaning: if the entry names one, the others are not read.
    private static readonly string[][] Meanings = [RowNames.Question, RowNames.Answer, RowNames.Conversation, RowNames.Images];

    private readonly List<(string Column, string Name)> _columns = [];
    private readonly Dictionary<string, string> _roles = new(StringComparer.Ordinal);
    private string _roleKey = "from";
    private string _contentKey = "value";
    private bool _hasTurns,
        _ranks;

    private ColumnMapping(string name) => Name = name;

    /// <summary>The entry's name.</summary>
    public string Name { get; }

    /// <summary>The split of all rows; null if the entry does not state it.</summary>
    public string? Split { get; private set; }

    /// <summary>The maximum number of rows to read; null for all.</summary>
    public long? MaximumRows { get; private set; }

    /// <summary>Reads an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="entry">Its content.</param>
    /// <param name="notices">Receives notices for the user.</param>
    /// <exception cref="InputException">It cannot be followed; the message continues after the entry's name.</exception>
    public static ColumnMapping Of(string name, Dictionary<string, object?> entry, ICollection<string> notices)
    {
        var mapping = new ColumnMapping(name);
        void Note(string what) => notices.Add($"{DatasetInfo.FileName}: '{PathResolver.Shorten(name)}' {what}");
        foreach (var key in entry.Keys.Where(k => !EntryKeys.Contains(k)))
            Note($"has the key '{PathResolver.Shorten(key)}', which is unknown and is ignored");
        foreach (var key in (string[])["subset", "folder"])
            if (entry.GetValueOrDefault(key) is string { Length: > 0 })
                Note($"has '{key}', which has a meaning only on a hub and is ignored");
        var formatting = entry.GetValueOrDefault("formatting") as string ?? "alpaca";
        if (formatting is not ("alpaca" or "sharegpt" or "openai"))
            throw new InputException($"has the formatting '{PathResolver.Shorten(formatting)}', expected alpaca, sharegpt or openai");
        mapping._hasTurns = formatting != "alpaca";
        mapping._ranks = entry.GetValueOrDefault("ranking") is true;
        mapping.Split = SplitNames.Recognize(entry.GetValueOrDefault("split") as string);
        mapping.MaximumRows =
            entry.GetValueOrDefault("num_samples") is not { } most ? null
            : RowParser.Number(most) is >= 1 and { } count ? (long)count
            : throw new InputException($"has num_samples {PathResolver.Shorten(most.ToString() ?? "")}, expected a number from 1");
        if (entry.ContainsKey("dataset_path"))
            mapping.ReadRenames(Object(entry, "columns"));
        else
            mapping.ReadColumns(Object(entry, "columns"), Note);
        mapping.ReadTags(Object(entry, "tags"), Note);
        return mapping;
    }

    /// <summary>The row with the names by which rows are read.</summary>
    /// <param name="row">The row as it is in the file.</param>
    /// <param name="names">Receives the file's own name of each renamed key.</param>
    /// <exception cref="RowException">A required column is missing.</exception>
    public Dictionary<string, object?> Apply(Dictionary<string, object?> row, IDictionary<string, string> names)
    {
        var result = new Dictionary<string, object?>(row);
        foreach (var (column, _) in _columns)
            result.Remove(column);
        var answers = _columns.Any(c => c.Name is "output" or "chosen" or "messages") || RowNames.Answer.Any(row.ContainsKey);
        foreach (var (column, meaning) in _columns)
        {
            // Plain text for continued pretraining is described by a prompt alone.
            var name = meaning == "instruction" && !answers ? "text" : meaning;
            if (name == "_")
                continue;
            if (!row.TryGetValue(column, out var value))
            {
                if (meaning is not ("instruction" or "messages"))
                    continue;
                throw new RowException(
                    $"{DatasetInfo.FileName} ('{PathResolver.Shorten(Name)}') names the column "
                        + $"'{PathResolver.Shorten(column)}', and the row has the keys {RowFields.FormatKeys(row.Keys)}",
                    "correct the entry's columns, or remove the entry: columns are also recognized by their names"
                );
            }
            foreach (var other in Meanings.FirstOrDefault(m => m.Contains(name)) ?? [])
                result.Remove(other);
            result[name] = value;
            if (name != column)
                names[name] = column;
        }
        foreach (var key in (string[])[.. RowNames.Conversation, "chosen", "rejected"])
            if (_hasTurns && result.TryGetValue(key, out var turns))
                result[key] = Renamed(turns);
        if (_ranks && !result.ContainsKey("chosen"))
            throw new RowException(
                $"{DatasetInfo.FileName} ('{PathResolver.Shorten(Name)}') states that the rows are preference pairs "
                    + $"(ranking), and the row has the keys {RowFields.FormatKeys(row.Keys)}",
                "correct the entry"
            );
        return result;
    }

    // Turns with role and content, regardless of the file's names for them; anything else stays unchanged.
    private object? Renamed(object? value)
    {
        if (value is string text && text.TrimStart() is ['[' or '{', ..])
            value = JsonTree.Parse(System.Text.Encoding.UTF8.GetBytes(text), 0).Value ?? value;
        if (value is List<object?> list)
            return list.Select(Renamed).ToList();
        if (value is not Dictionary<string, object?> turn || !turn.TryGetValue(_roleKey, out var role))
            return value;
        var renamed = new Dictionary<string, object?>();
        foreach (var (key, inner) in turn)
        {
            if (key == _roleKey)
                renamed["role"] = role is string name ? _roles.GetValueOrDefault(name, name) : role;
            else if (key == _contentKey)
                renamed["content"] = inner;
            else
                renamed[key] = inner;
        }
        return renamed;
    }

    private void ReadColumns(Dictionary<string, object?> columns, Action<string> note)
    {
        foreach (var (given, value) in columns)
        {
            if (Columns.FirstOrDefault(c => c.Given == given) is not { Name: not null } known)
                note(
                    $"has the column '{PathResolver.Shorten(given)}', which is unknown and is ignored; known are "
                        + $"{string.Join(", ", Columns.Select(c => c.Given))}"
                );
            else if (value is string { Length: > 0 } column)
                _columns.Add((column, known.Name));
        }
    }

    // ms-swift writes the file's name first, then its own; "_" omits a column.
    private void ReadRenames(Dictionary<string, object?> columns)
    {
        foreach (var (column, value) in columns)
            if (value is string { Length: > 0 } name)
                _columns.Add((column, name));
    }

    private void ReadTags(Dictionary<string, object?> tags, Action<string> note)
    {
        foreach (var key in tags.Keys.Where(k => k is not ("role_tag" or "content_tag") && Roles.All(r => r.Given != k)))
            note(
                $"has the tag '{PathResolver.Shorten(key)}', which is unknown and is ignored; known are role_tag, "
                    + $"content_tag, {string.Join(", ", Roles.Select(r => r.Given))}"
            );
        _roleKey = tags.GetValueOrDefault("role_tag") as string ?? _roleKey;
        _contentKey = tags.GetValueOrDefault("content_tag") as string ?? _contentKey;
        foreach (var (given, standard, role) in Roles)
            _roles[tags.GetValueOrDefault(given) as string ?? standard] = role;
    }

    private static Dictionary<string, object?> Object(Dictionary<string, object?> entry, string key) =>
        entry.GetValueOrDefault(key) switch
        {
            null => [],
            Dictionary<string, object?> map => map,
            _ => throw new InputException($"has '{key}' that is not an object"),
        };
}
