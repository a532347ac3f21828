using Litre.Model.Configuration;

namespace Litre.Model.Families;

/// <summary>The families of models that can be loaded.</summary>
public static class ModelFamilies
{
    /// <summary>One line a family.</summary>
    public static IReadOnlyList<IModelFamily> All { get; } = [Qwen3Vl.Qwen3VlFamily.Instance];

    /// <summary>Names of all published sizes, family after family.</summary>
    public static IReadOnlyList<string> PublishedNames => [.. All.SelectMany(f => f.Published.Names)];

    /// <summary>The family of a <c>model_type</c>, or null.</summary>
    public static IModelFamily? Find(string modelType) => All.FirstOrDefault(f => f.ModelTypes.Contains(modelType, StringComparer.Ordinal));

    /// <summary>A published size by any of its names (see <see cref="PublishedModels.Find"/>), or null.</summary>
    public static (string Name, ModelConfig Config)? FindPublished(string name) =>
        All.Select(f => f.Published.Find(name)).FirstOrDefault(found => found is not null);
}
