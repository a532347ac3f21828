using System.Text;
using Litre.Core;
using Litre.Core.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Litre.Training.Tuning;

/// <summary>Reads and writes settings as YAML: one mapping whose keys are the names of the settings.</summary>
public static class Recipe
{
    public const string FileName = "recipe.yaml";

    /// <summary>Reads a file and returns the given settings, overridden by those of the file.</summary>
    /// <exception cref="InputException">The file is not such a mapping, or a value is not what its key expects.</exception>
    public static TuneSettings Read(string path, TuneSettings settings)
    {
        if (!File.Exists(path))
            throw new InputException("recipe", path, "no such file", null);
        YamlNode root;
        try
        {
            using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
            var yaml = new YamlStream();
            yaml.Load(reader);
            if (yaml.Documents.Count == 0)
                return settings;
            root = yaml.Documents[0].RootNode;
        }
        catch (YamlException e)
        {
            throw new InputException($"{path}:{e.Start.Line}: not valid YAML ({e.Message.ReplaceLineEndings(" ")}); correct this line", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new InputException($"{path}: is not UTF-8 text; save it as UTF-8", e);
        }
        if (root is not YamlMappingNode mapping)
            throw new InputException(
                $"{path}: expected lines such as `learning-rate: 1e-4`, found {root.NodeType.ToString().ToLowerInvariant()}"
            );
        foreach (var (key, value) in mapping.Children)
        {
            var name = ((key as YamlScalarNode)?.Value ?? "").Replace('_', '-');
            var where = $"{path}:{key.Start.Line}: {name}";
            if (RecipeFields.Find(name) is not { } field)
            {
                var near = SettingNames.Suggest(name, [.. RecipeFields.All.Select(f => f.Name)]);
                throw new InputException(
                    $"{where}: unknown setting{(near is null ? "" : $" (did you mean {near}?)")}; the help of `litre tune` "
                        + "lists all settings"
                );
            }
            settings = Apply(field, Text(value, where), settings, where);
        }
        return settings;
    }

    /// <summary>The settings of a run from the recipe in its folder, for resuming it; null if the folder contains no recipe.</summary>
    /// <param name="runFolder">The run's folder, which becomes <see cref="TuneSettings.Output"/>.</param>
    /// <exception cref="InputException">The recipe cannot be read.</exception>
    public static TuneSettings? OfRun(string runFolder) =>
        Path.Combine(runFolder, FileName) is var path && File.Exists(path)
            ? Read(path, new TuneSettings()) with
            {
                Output = runFolder,
            }
            : null;

    /// <summary>Sets one setting from its text.</summary>
    /// <param name="field">The field.</param>
    /// <param name="text">Its value as text.</param>
    /// <param name="settings">The settings to change.</param>
    /// <param name="place">Its place in a file, including its name; null if it does not come from a file.</param>
    /// <exception cref="InputException">The text is not what the setting expects.</exception>
    public static TuneSettings Apply(RecipeField field, string text, TuneSettings settings, string? place = null)
    {
        try
        {
            return field.Set(settings, text);
        }
        catch (FormatException e)
        {
            throw place is null
                ? new InputException(field.Name, text, e.Message, null, e)
                : new InputException($"{place} {text}: {e.Message}", e);
        }
    }

    /// <summary>Writes every setting, so that the file alone reproduces the run.</summary>
    public static void Write(string path, TuneSettings settings)
    {
        var text = new StringBuilder("# Every setting of this run. `litre tune` reads it as its `recipe`.\n");
        foreach (var field in RecipeFields.All)
            text.Append(field.Name).Append(": ").Append(Quoted(field.Get(settings))).Append('\n');
        AtomicFile.WriteText(path, text.ToString());
    }

    private static string Text(YamlNode value, string where) =>
        value switch
        {
            // Expanded like in a shell, because recipes contain folder names too.
            YamlScalarNode { Value: { } text } when text.StartsWith("~/", StringComparison.Ordinal) => Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                text[2..]
            ),
            YamlScalarNode scalar => scalar.Value ?? "",
            YamlSequenceNode sequence => string.Join(",", sequence.Children.Select(c => Text(c, where))),
            _ => throw new InputException($"{where}: expected a value or a list, found a mapping"),
        };

    // Numbers and plain words are written unquoted, everything else in double quotes with YAML's escapes.
    private static string Quoted(string value)
    {
        if (value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+' or '/' or '_') && value[0] != '-')
            return value;
        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (c is '"' or '\\')
                text.Append('\\').Append(c);
            else if (char.IsControl(c))
                text.Append($"\\u{(int)c:x4}");
            else
                text.Append(c);
        }
        return text.Append('"').ToString();
    }
}
