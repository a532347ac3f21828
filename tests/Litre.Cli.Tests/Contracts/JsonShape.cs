using System.Text.Json;
using Shared;

namespace Litre.Cli.Tests.Contracts;

/// <summary>
/// Which keys JSON has and which kinds of values they hold, a line for each path, such as <c>phases[].name: string</c>. A path
/// that only some of the objects have ends in <c>?</c>; one whose key is data, such as a metric's name, has <c>*</c> in its place.
/// </summary>
/// <param name="keyedByData">Paths of objects whose keys are data.</param>
internal sealed class JsonShape(params string[] keyedByData)
{
    private readonly Dictionary<string, List<string>> _kinds = [];
    private readonly Dictionary<string, int> _objects = [];
    private readonly Dictionary<string, int> _seen = [];

    public IEnumerable<string> Lines =>
        _kinds.Select(entry => $"{entry.Key}{(IsOptional(entry.Key) ? "?" : "")}: {string.Join('|', entry.Value)}");

    /// <summary>Adds one document.</summary>
    public JsonShape Add(string json)
    {
        using var document = JsonDocument.Parse(json);
        Add("", document.RootElement);
        return this;
    }

    /// <summary>Adds lines of JSON. Where a key tells what a line is, its paths begin with that.</summary>
    public JsonShape AddLines(IEnumerable<string> lines, string? kind = null)
    {
        foreach (var line in lines)
        {
            using var document = JsonDocument.Parse(line);
            Add(kind is null ? "" : document.RootElement.GetProperty(kind).GetString()!, document.RootElement);
        }
        return this;
    }

    /// <summary>
    /// Fails where a key or a kind is not in tests/contracts/NAME.txt, or a key that must be there is gone. A path in the file may
    /// allow more kinds than were met, and what lies in an object or a list that was not met is not asked for.
    /// </summary>
    public void AssertIs(string name)
    {
        var file = Path.Combine(Repository.Root, "tests", "contracts", name + ".txt");
        var pinned = (File.Exists(file) ? File.ReadAllLines(file) : [])
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(": "))
            .ToDictionary(parts => parts[0].TrimEnd('?'), parts => (Optional: parts[0].EndsWith('?'), Kinds: parts[1].Split('|')));
        var breaches = new List<string>();
        foreach (var (path, kinds) in _kinds)
        {
            if (!pinned.TryGetValue(path, out var expected))
                breaches.Add($"new: {path}: {string.Join('|', kinds)}");
            else if (kinds.Except(expected.Kinds).Any())
                breaches.Add($"{path} is {string.Join('|', kinds)}, and was {string.Join('|', expected.Kinds)}");
            else if (IsOptional(path) && !expected.Optional)
                breaches.Add($"{path} is missing in some objects");
        }
        breaches.AddRange(
            pinned
                .Where(entry => !entry.Value.Optional && !_kinds.ContainsKey(entry.Key) && _objects.ContainsKey(Parent(entry.Key)))
                .Select(entry => $"gone: {entry.Key}")
        );
        if (breaches.Count == 0)
            return;
        var found = Path.Combine(AppContext.BaseDirectory, "contracts", name + ".txt");
        Directory.CreateDirectory(Path.GetDirectoryName(found)!);
        File.WriteAllLines(found, Lines);
        Assert.Fail(
            $"Programs that read this JSON would notice: if the change is meant, write it into CHANGELOG.md and into "
                + $"tests/contracts/{name}.txt (what was found: {found})\n{string.Join('\n', breaches)}"
        );
    }

    private void Add(string path, JsonElement element)
    {
        if (path.Length > 0)
            Note(path, element.ValueKind);
        if (element.ValueKind == JsonValueKind.Object)
        {
            _objects[path] = _objects.GetValueOrDefault(path) + 1;
            var free = keyedByData.Contains(path);
            foreach (var property in element.EnumerateObject())
            {
                var key = (path.Length > 0 ? path + "." : "") + (free ? "*" : property.Name);
                Add(key, property.Value);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                Add(path + "[]", item);
        }
    }

    private void Note(string path, JsonValueKind kind)
    {
        var name = kind is JsonValueKind.True or JsonValueKind.False ? "boolean" : kind.ToString().ToLowerInvariant();
        var kinds = _kinds.TryGetValue(path, out var known) ? known : _kinds[path] = [];
        if (!kinds.Contains(name))
            kinds.Add(name);
        _seen[path] = _seen.GetValueOrDefault(path) + 1;
    }

    private bool IsOptional(string path) =>
        path.EndsWith(".*", StringComparison.Ordinal)
        || (!path.EndsWith("[]", StringComparison.Ordinal) && _objects.TryGetValue(Parent(path), out var objects) && _seen[path] < objects);

    private static string Parent(string path) =>
        path.EndsWith("[]", StringComparison.Ordinal) ? "(elements)"
        : path.LastIndexOf('.') is >= 0 and var dot ? path[..dot]
        : "";
}
