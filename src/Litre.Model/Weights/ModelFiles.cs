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

    /// <summary>
    /// Writes a model's weights in the likeness of the checkpoint it came from: the same keys, files, types and expert layout.
    /// </summary>
    /// <param name="model">Without adapters: merge or detach them first.</param>
    /// <param name="folder">New or empty.</param>
    /// <param name="like">The folder that the model was loaded from.</param>
    /// <param name="values">Other values for the weights, such as an optimizer's master copies.</param>
    /// <param name="chosen">The experts' layout in <paramref name="like"/>, where its dimensions do not tell it.</param>
    /// <exception cref="InputException">The disk is full, or the folders cannot be read or written.</exception>
    public static void Save(
        VisionLanguageModel model, string folder, string like, Func<Parameter, Tensor>? values = null, ExpertLayout? chosen = null)
    {
        if (model.AdapterConfig is not null) throw new InvalidOperationException("the model carries an adapter; merge or detach it first");
        using var checkpoint = Checkpoint.Open(like);
        var layout = ExpertLayouts.Decide(like, model.Config, checkpoint.Tensors, chosen);
        checkpoint.CheckAgainst(CheckpointKeys.All(model.Config, layout), CheckpointKeys.Optional(model.Config));
        var parameters = model.Parameters.ToDictionary(p => p.Key, StringComparer.Ordinal);
        // A tied head may stand in the file all the same; it is the embedding then.
        parameters.TryAdd(CheckpointKeys.LmHead, model.Text.Embedding);
        CheckpointCopy.Write(checkpoint, folder, entry => stream =>
        {
            using var scope = new TensorScope();
            var value = values is null ? parameters[entry.Name].Value : values(parameters[entry.Name]);
            if (layout == ExpertLayout.Hub && value.Rank == 3 && entry.Name.Contains(".experts.", StringComparison.Ordinal)) value = value.Transposed();
            var host = value.To(Device.Cpu).To(entry.DType).Contiguous();
            TensorSource.FromPointer(entry.Name, entry.DType, entry.Shape, host.DataPointer, host.Bytes).Write(stream);
        });
    }
}
