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
    /// <exception cref="InputException">The folder is no checkpoint of this family, or is damaged.</exception>
    public static VisionLanguageModel Load(string folder, DType dtype, Device device)
    {
        var config = ConfigStub.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        var layout = CheckpointKeys.Check(checkpoint, config);
        return new VisionLanguageModel(config, new CheckpointSource(checkpoint, layout, dtype, device));
    }
}
