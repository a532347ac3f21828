using Litre.Model.Configuration;

namespace Litre.Model.Families;

/// <summary>The families of models that can be loaded.</summary>
public static class ModelFamilies
{
    /// <summary>One entry per family.</summary>
    public static IReadOnlyList<IModelFamily> All { get; } = [Qwen3Vl.Qwen3VlFamily.Instance, Qwen3.Qwen3Family.Instance];

    /// <summary>The family used in examples, and by default if no model is given.</summary>
    public static IModelFamily Default => All[0];

    /// <summary>The published model used for estimates if the user names none.</summary>
    public const string UsualModel = "Qwen3-VL-30B-A3B-Instruct";

    /// <summary>Names of all published sizes, family after family.</summary>
    public static IReadOnlyList<string> PublishedNames => [.. All.SelectMany(f => f.Published.Names)];

    /// <summary>The family of a <c>model_type</c>, or null.</summary>
    public static IModelFamily? Find(string modelType) => All.FirstOrDefault(f => f.ModelTypes.Contains(modelType, StringComparer.Ordinal));

    /// <summary>A published size by any of its names (see <see cref="PublishedModels.Find"/>), or null.</summary>
    public static (string Name, ModelConfig Config)? FindPublished(string name) =>
        All.Select(f => f.Published.Find(name)).FirstOrDefault(found => found is not null);
}
