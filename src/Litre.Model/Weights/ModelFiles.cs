using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>Models from and to checkpoint folders.</summary>
public static class ModelFiles
{
    /// <summary>Opens a checkpoint folder, checks it whole against its configuration, and loads it.</summary>
    /// <param name="folder">With <c>config.json</c> and safetensors.</param>
    /// <param name="dtype">The model's type; weights are converted.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="chosen">The experts' layout, where their dimensions do not tell it.</param>
    /// <exception cref="InputException">The folder is no checkpoint of this family, or is damaged.</exception>
    public static VisionLanguageModel Load(string folder, DType dtype, Device device, ExpertLayout? chosen = null)
    {
        var config = ModelConfig.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        var layout = ExpertLayouts.Decide(folder, config, checkpoint.Tensors, chosen);
        checkpoint.CheckAgainst(CheckpointKeys.All(config, layout), CheckpointKeys.Optional(config));
        return new VisionLanguageModel(config, new CheckpointSource(checkpoint, layout, dtype, device));
    }
}
