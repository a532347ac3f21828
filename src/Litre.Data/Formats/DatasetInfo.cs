using System.Globalization;
using Litre.Core;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>
/// A <c>dataset_info.json</c>: the data files of its folder, and the names of their columns and turns.
/// An object of entries by name and a list of entries (ms-swift) are supported; Hugging Face's, which describes the files of one saved
/// data set, contains nothing that reading needs.
/// </summary>
internal sealed class DatasetInfo
{
    public const string FileName = "dataset_info.json";

    private const long MaximumBytes = 16 << 20;
    private static readonly string[] LocalKeys = ["file_name", "dataset_path"];
    private static readonly string[] HubKeys =
    [
        "hf_hub_url",
        "ms_hub_url",
        "om_hub_url",
        "script_url",
        "cloud_file_name",
        "ms_dataset_id",
        "hf_dataset_id",
    ];

    private readonly Dictionary<string, ColumnMapping> _files = new(StringComparer.Ordinal);
    private readonly List<string> _notices = [];
    private readonly List<UnusableRow> _missing = [];

    private DatasetInfo(string path) => Path = path;

    public string Path { get; }

    /// <summary>The column mapping of each described file, by full path.</summary>
    public IReadOnlyDictionary<string, ColumnMapping> Files => _files;

    /// <summary>Notices for the user.</summary>
    public IReadOnlyList<string> Notices => _notices;

    /// <summary>Entries that name missing files or cannot be followed.</summary>
    public IReadOnlyList<UnusableRow> Missing => _missing;

    /// <summary>Reads a description; null if the file is not one.</summary>
    public static DatasetInfo? Load(string path)
    {
        if (!string.Equals(System.IO.Path.GetFileName(path), FileName, StringComparison.OrdinalIgnoreCase))
            return null;
        if (!File.Exists(path) || new FileInfo(path).Length is 0 or > MaximumBytes)
            return null;
        using var stream = Utf8Input.Open(path);
        using var text = new MemoryStream();
        stream.CopyTo(text);
        var value = JsonTree.Parse(text.ToArray(), 1).Value;
        var info = new DatasetInfo(System.IO.Path.GetFullPath(path));
        switch (value)
        {
            case Dictionary<string, object?> map when IsDescription(map):
                foreach (var (name, entry) in map)
                    info.Add(name, (Dictionary<string, object?>)entry!);
                break;
            case List<object?> { Count: > 0 } list when list.All(IsEntry):
                foreach (var entry in list.Cast<Dictionary<string, object?>>())
                    info.Add(Text(entry, "dataset_name") ?? Text(entry, LocalKeys) ?? Text(entry, HubKeys)!, entry);
                break;
            case Dictionary<string, object?> map
                when map.ContainsKey("features")
                    && (map.ContainsKey("splits") || map.ContainsKey("citation") || map.ContainsKey("builder_name")):
                info._notices.Add(
                    $"{FileName} was written by Hugging Face's datasets and is not needed: data are recognized by their content"
                );
                return info;
            default:
                return null;
        }
        info.Summarize(value);
        return info;
    }

    /// <summary>True for an object in which every entry states the location of a data set.</summary>
    public static bool IsDescription(Dictionary<string, object?> map) => map.Count > 0 && map.Values.All(IsEntry);

    private static bool IsEntry(object? value) =>
        value is Dictionary<string, object?> entry && (LocalKeys.Any(entry.ContainsKey) || HubKeys.Any(entry.ContainsKey));

    private void Summarize(object? value)
    {
        var entries = value switch
        {
            Dictionary<string, object?> map => map.Select(p => (Name: p.Key, Entry: (Dictionary<string, object?>)p.Value!)).ToList(),
            _ => ((List<object?>)value!).Cast<Dictionary<string, object?>>().Select(e => (Name: Text(e, HubKeys) ?? "", Entry: e)).ToList(),
        };
        var remote = entries.Where(e => HubKeys.Any(k => Text(e.Entry, k) != null)).Select(e => PathResolver.Shorten(e.Name)).ToList();
        if (remote.Count == 0)
            return;
        var names = string.Join(", ", remote.Take(3)) + (remote.Count > 3 ? ", …" : "");
        _notices.Add(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{FileName}: {Units.Count(remote.Count, "entry names", "entries name")} data on a hub "
                    + $"({names}), which are not read: nothing is downloaded"
            )
        );
    }

    private void Add(string name, Dictionary<string, object?> entry)
    {
        if (HubKeys.Any(k => Text(entry, k) != null))
            return; // as in the tools that write it, a hub takes precedence over a file
        if (Text(entry, LocalKeys) is not { Length: > 0 } given)
        {
            Refuse(name, "names no file", "write \"file_name\": the data file next to dataset_info.json");
            return;
        }
        try
        {
            var mapping = ColumnMapping.Of(name, entry, _notices);
            var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, given.Replace('\\', '/')));
            if (Directory.Exists(path))
            {
                foreach (var file in Directory.EnumerateFiles(path).Order(StringComparer.Ordinal))
                    AddFile(name, file, mapping);
            }
            else if (File.Exists(path))
                AddFile(name, path, mapping);
            else
                Refuse(name, $"names '{PathResolver.Shorten(given)}', which is missing", "put the file there, or remove the entry");
        }
        catch (InputException e)
        {
            Refuse(name, e.Message, "correct the entry");
        }
    }

    private void AddFile(string name, string path, ColumnMapping mapping)
    {
        if (!_files.TryAdd(path, mapping))
            _notices.Add(
                $"{FileName}: '{PathResolver.Shorten(name)}' describes {System.IO.Path.GetFileName(path)}, as "
                    + $"'{_files[path].Name}' does; the file is read once, as '{_files[path].Name}' describes it"
            );
    }

    private void Refuse(string name, string reason, string remedy) =>
        _missing.Add(new UnusableRow(new SampleOrigin(Path, 1), $"its entry '{PathResolver.Shorten(name)}' {reason}", remedy));

    private static string? Text(Dictionary<string, object?> map, params string[] keys) =>
        keys.Select(k => map.GetValueOrDefault(k) as string).FirstOrDefault(v => v is { Length: > 0 });
}
