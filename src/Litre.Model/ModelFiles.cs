using Litre.Core;
using Litre.Kernels;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Identity;
using Litre.Model.Layers;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model;

/// <summary>Loads and saves models in checkpoint folders.</summary>
public static class ModelFiles
{
    /// <summary>Opens a checkpoint folder, checks it completely against its configuration, and loads it.</summary>
    /// <param name="folder">The folder with <c>config.json</c> and safetensors.</param>
    /// <param name="dtype">The model's type; weights are converted.</param>
    /// <param name="device">The device of the weights.</param>
    /// <param name="chosen">The experts' layout, if it cannot be determined from their dimensions.</param>
    /// <param name="options">How to read, and how progress is reported.</param>
    /// <exception cref="InputException">The folder is not a checkpoint of a supported family, or it is damaged.</exception>
    public static CausalModel Load(string folder, DType dtype, Device device, ExpertLayout? chosen = null, LoadOptions? options = null)
    {
        var config = ModelConfigs.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        options ??= new LoadOptions();
        var source = new CheckpointSource(CheckpointShape.Of(checkpoint, config, chosen), checkpoint, dtype, device)
        {
            Kernels = new KernelPolicy(options.Kernels),
        };
        var model = new CausalModel(config, source);
        try
        {
            source.Load(options);
            if (source.Fingerprint is { } fingerprint)
                model.Base = BaseIdentity.Of(folder, config, fingerprint);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Loads with <see cref="ReferenceSource"/>, as the reference for checking and measuring <see cref="Load"/>.</summary>
    /// <exception cref="InputException">The folder is not a checkpoint of a supported family, or it is damaged.</exception>
    public static CausalModel LoadPlain(string folder, DType dtype, Device device)
    {
        var config = ModelConfigs.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        var source = new ReferenceSource(CheckpointShape.Of(checkpoint, config), checkpoint, dtype, device);
        var model = new CausalModel(config, source);
        model.Base = BaseIdentity.Of(folder, config, source.Fingerprint);
        return model;
    }

    /// <summary>The compute type according to a checkpoint's own weights: float32, or bfloat16 for 16-bit weights.</summary>
    /// <exception cref="InputException">The folder is not a checkpoint of a supported family.</exception>
    public static DType TypeOf(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        var key = ModelConfigs.Load(folder).Keys.Text.Embedding;
        if (!checkpoint.Tensors.TryGetValue(key, out var entry))
            throw new InputException($"{folder}: has no tensor {key}; give the folder of a downloaded model");
        return entry.DType is DType.BFloat16 or DType.Float16 ? DType.BFloat16 : DType.Float32;
    }

    /// <summary>
    /// Writes a model's weights with the layout of the checkpoint it came from: the same keys, files, types and expert layout.
    /// </summary>
    /// <param name="model">The model, without adapters: merge or detach them first.</param>
    /// <param name="folder">New or empty.</param>
    /// <param name="like">The folder that the model was loaded from.</param>
    /// <param name="values">Other values for the weights, such as an optimizer's master copies.</param>
    /// <param name="chosen">The experts' layout in <paramref name="like"/>, if it cannot be determined from its dimensions.</param>
    /// <exception cref="InputException">The disk is full, or the folders cannot be read or written.</exception>
    public static void Save(
        CausalModel model,
        string folder,
        string like,
        Func<Parameter, Tensor>? values = null,
        ExpertLayout? chosen = null
    )
    {
        if (model.Adapters.Count > 0)
            throw new InvalidOperationException("the model has an adapter; merge or detach it first");
        using var checkpoint = Checkpoint.Open(like);
        var shape = CheckpointShape.Of(checkpoint, model.Config, chosen);
        var parameters = ByKey(model);
        CheckpointCopy.Write(
            checkpoint,
            folder,
            entry =>
                stream =>
                {
                    using var scope = new TensorScope();
                    var value = values is null ? parameters[entry.Name].Dequantize() : values(parameters[entry.Name]);
                    var host = ForFile(value, entry, shape);
                    TensorSource.FromPointer(entry.Name, entry.DType, entry.Shape, host.DataPointer, host.Bytes).Write(stream);
                }
        );
    }

    /// <summary>Counts the memory of <see cref="Save"/> with a model on a meta device.</summary>
    public static void DryRunSave(CausalModel model, CheckpointShape shape)
    {
        var parameters = ByKey(model);
        foreach (var entry in shape.Tensors.Values)
        {
            using var scope = new TensorScope();
            ForFile(parameters[entry.Name].Dequantize(), entry, shape);
        }
    }

    private static Dictionary<string, Parameter> ByKey(CausalModel model)
    {
        var parameters = model.Parameters.ToDictionary(p => p.Key, StringComparer.Ordinal);
        // A tied head may be in the file anyway; it is the embedding in that case.
        parameters.TryAdd(model.Config.Keys.Text.Head, model.Text.Embedding);
        return parameters;
    }

    // A weight on the host in the file's layout.
    private static Tensor ForFile(Tensor value, TensorEntry entry, CheckpointShape shape)
    {
        if (shape.IsTransposed(entry.Name))
            value = value.Transposed();
        return value.To(value.Device.Host).To(entry.DType).Contiguous();
    }
}
