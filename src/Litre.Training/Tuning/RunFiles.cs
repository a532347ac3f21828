using Litre.Core;
using Litre.Model;
using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Optimization;

namespace Litre.Training.Tuning;

/// <summary>The files of a checkpoint: weights that other programs can load, and the state that resuming needs.</summary>
public static class RunFiles
{
    public const string OptimizerName = "optimizer.safetensors";

    // Moments, and values in the type in which they are updated: the weights' own file may have a narrower type.
    private const string Means = "means";
    private const string Variances = "variances";
    private const string Values = "values";

    // A parameter's two lines in the trainer's state, without its key: indents, quotes, commas, the number of its steps.
    private const int StateLineBytes = 24;

    // The adapter's configuration, the state without its lists, the list of files; and the rounding of file systems.
    private const long TextBytes = 16 << 10;

    /// <summary>Bytes that <see cref="Write"/> writes, including the list of files; at most 16 KiB too many.</summary>
    /// <param name="model">The model, with its trainable parameters marked; it may be on a meta device.</param>
    /// <param name="full">Whether all weights are trained.</param>
    /// <param name="tensors">The tensors of the base checkpoint; used only if all weights are trained.</param>
    /// <param name="folder">The base checkpoint's folder; null if there is none.</param>
    public static long Bytes(CausalModel model, bool full, IEnumerable<TensorEntry> tensors, string? folder)
    {
        var trained = model.AllParameters.Where(p => p.Trainable).ToList();
        var flat = model.DType.Accumulate();
        long[] shape = [trained.Sum(p => p.Count)];
        var optimizer = SafetensorsWriter.FileBytes(
            ((string[])[Means, Variances, Values]).Select(name => TensorSource.Described(name, flat, shape))
        );
        var state = trained.Sum(p => (long)p.Key.Length + StateLineBytes);
        return optimizer + state + TextBytes + (full ? CheckpointCopy.Bytes(tensors, folder) : AdapterFiles.FileBytes(model.Adapters[0]));
    }

    /// <summary>Bytes of a checkpoint of a run; the tensors are read from the model's folder if all weights are trained.</summary>
    /// <param name="model">The model, with its trainable parameters marked.</param>
    /// <param name="settings">The recipe, whose model is a checkpoint's folder.</param>
    public static long Bytes(CausalModel model, TuneSettings settings)
    {
        if (!settings.Trainable.Full)
            return Bytes(model, false, [], null);
        using var checkpoint = Checkpoint.Open(settings.Model);
        return Bytes(model, true, checkpoint.Tensors.Values, settings.Model);
    }

    /// <summary>
    /// The maximum total size of a run's checkpoints: those to keep and the best; the next one is written before the oldest is removed.
    /// </summary>
    public static long AllBytes(CausalModel model, TuneSettings settings) => Checkpoints(settings.Checkpoints) * Bytes(model, settings);

    /// <summary>How many checkpoints can exist at the same time.</summary>
    public static int Checkpoints(CheckpointSettings settings) => settings.Keep + 2;

    public static void Write(
        string folder,
        CausalModel model,
        GradientBuffer gradients,
        AdamW optimizer,
        TrainerState state,
        TuneSettings settings
    )
    {
        using var scope = new TensorScope();
        var values = optimizer.Values();
        if (settings.Trainable.Full)
        {
            ModelFiles.Save(model, folder, settings.Model);
            (Metadata(settings.Data) with { Base = model.Base }).Save(folder);
        }
        else
            AdapterFiles.Save(model, model.Adapters[0], folder, PartsOf(values, gradients), Metadata(settings.Data));
        SafetensorsWriter.Write(Path.Combine(folder, OptimizerName), State(optimizer, values));
        state.Write(folder);
    }

    private static AdapterMetadata Metadata(DataSettings data) =>
        new() { Tiling = data.Tiling?.ToString(), TileAnswers = data.Tiling?.Answers.ToString().ToLowerInvariant() };

    /// <summary>Counts the memory of <see cref="Write"/>, and of the verification after it, with a model on a meta device.</summary>
    public static void DryRun(CausalModel model, GradientBuffer gradients, AdamW optimizer, bool full, CheckpointShape shape)
    {
        var scope = new TensorScope();
        var values = optimizer.Values();
        if (full)
            ModelFiles.DryRunSave(model, shape);
        else
            AdapterFiles.DryRunSave(model.Adapters[0], PartsOf(values, gradients));
        SafetensorsWriter.DryRun(State(optimizer, values));
        scope.Dispose();
        SaveVerifier.DryRun(model, shape, full);
    }

    /// <summary>Restores a checkpoint's values and moments. The model must train the same parameters as when it was written.</summary>
    /// <exception cref="InputException">The checkpoint belongs to a run that trained something else.</exception>
    public static TrainerState Read(string folder, GradientBuffer gradients, AdamW optimizer)
    {
        var state = TrainerState.Read(folder);
        var keys = gradients.Parameters.Select(p => p.Key).ToList();
        if (!state.Parameters.SequenceEqual(keys) || state.ParameterSteps.Count != keys.Count)
            throw new InputException(
                $"{folder}: contains {state.Parameters.Count} trained tensors, but this run would train {keys.Count} "
                    + "different ones; resume with the run's own recipe"
            );
        using var scope = new TensorScope();
        using var file = SafetensorsFile.Open(Path.Combine(folder, OptimizerName));
        optimizer.Means.CopyFrom(ReadLike(file, Means, optimizer.Means));
        optimizer.Variances.CopyFrom(ReadLike(file, Variances, optimizer.Variances));
        optimizer.Load(ReadLike(file, Values, optimizer.Means));
        optimizer.Steps = state.OptimizerSteps;
        for (var i = 0; i < keys.Count; i++)
            optimizer.ParameterSteps[i] = state.ParameterSteps[i];
        return state;
    }

    private static Tensor ReadLike(SafetensorsFile file, string key, Tensor like)
    {
        var tensor = TensorFiles.Read(file, key);
        return tensor.Sizes.SequenceEqual(like.Sizes)
            ? tensor
            : throw new InputException(
                $"{file.Path}: {key} has {tensor.Count} values, but this run trains {like.Count}; resume with the run's own recipe"
            );
    }

    private static TensorSource[] State(AdamW optimizer, Tensor values) =>
        [
            TensorFiles.Source(Means, optimizer.Means),
            TensorFiles.Source(Variances, optimizer.Variances),
            TensorFiles.Source(Values, values),
        ];

    // Each parameter's part of the concatenated values.
    private static Func<Parameter, Tensor> PartsOf(Tensor values, GradientBuffer gradients)
    {
        var offsets = Offsets(gradients);
        return p => values.AsStrided(p.Sizes, Shape.ContiguousStrides(p.Sizes), offsets[p]);
    }

    private static Dictionary<Parameter, long> Offsets(GradientBuffer gradients)
    {
        var offsets = new Dictionary<Parameter, long>();
        var offset = 0L;
        foreach (var parameter in gradients.Parameters)
        {
            offsets[parameter] = offset;
            offset += parameter.Count;
        }
        return offsets;
    }
}
