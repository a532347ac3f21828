using Litre.Data.Families;
using Litre.Model.Configuration;
using Litre.Model.Families.Qwen3Vl;

namespace Litre.Model.Families;

/// <summary>What the model families say about text and images.</summary>
public static class FamilyFormats
{
    /// <summary>Every family.</summary>
    public static IReadOnlyList<FamilyFormat> All { get; } = [Qwen3VlFormat.Instance];

    /// <summary>What stands for others where no model is given: examples in messages, how videos are sampled for a check.</summary>
    public static FamilyFormat Default => All[0];

    /// <summary>The published model that estimates stand for where the user names none.</summary>
    public const string UsualModel = "Qwen3-VL-30B-A3B-Instruct";

    /// <summary>The format of a model's family.</summary>
    public static FamilyFormat Of(ModelConfig config) =>
        Find(config.ModelType) ?? throw new ArgumentException($"model type {config.ModelType} is of no family", nameof(config));

    /// <summary>The format of a <c>model_type</c>; null where no family has it.</summary>
    public static FamilyFormat? Find(string modelType) =>
        modelType is ModelConfig.DenseType or ModelConfig.MoeType ? Qwen3VlFormat.Instance : null;
}
