using Litre.Core;
using Litre.Core.Json;
using Litre.Model.Configuration;

namespace Litre.Model.Families;

/// <summary>Reads configurations of any family, selected by their <c>model_type</c>.</summary>
public static class ModelConfigs
{
    /// <summary>
    /// Reads a model folder's <c>config.json</c>, or the file itself; the tokens that end a turn come from
    /// <c>generation_config.json</c> if it is in the same folder.
    /// </summary>
    /// <exception cref="InputException">The file is missing or damaged, or requires something that Litre does not support.</exception>
    public static ModelConfig Load(string folderOrFile)
    {
        var isFolder = Directory.Exists(folderOrFile);
        var path = isFolder ? Path.Combine(folderOrFile, ModelConfig.FileName) : folderOrFile;
        if (isFolder && !File.Exists(path))
            throw new InputException($"{folderOrFile}: has no {ModelConfig.FileName}; give the folder of a downloaded model");
        var beside = Path.Combine(Path.GetDirectoryName(path) ?? "", ModelConfig.GenerationFileName);
        return Read(path, FileReading.ReadText(path), File.Exists(beside) ? beside : null);
    }

    /// <summary>Reads a configuration from its text; <paramref name="path"/> is for messages.</summary>
    /// <exception cref="InputException">The text is damaged, or requires something that Litre does not support.</exception>
    public static ModelConfig Parse(string path, string json) => Read(path, json, null);

    private static ModelConfig Read(string path, string json, string? generationPath)
    {
        using var root = JsonFields.Parse(path, json);
        var type = root.TextOrNull("model_type") ?? throw root.Missing("model_type");
        if (ModelFamilies.Find(type) is not { } family)
        {
            var (types, examples) = (ModelFamilies.All.SelectMany(f => f.ModelTypes), ModelFamilies.All.Select(f => f.Format.ExampleModel));
            throw root.Refuse(
                "model_type",
                $"is {type}, which is not supported; use a model of type {string.Join(", ", types)}, such as "
                    + string.Join(" or ", examples)
            );
        }
        using var generation = generationPath is null ? null : JsonFields.Read(generationPath);
        return family.Read(root, generation) with { RawJson = json };
    }
}
