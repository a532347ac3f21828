using Litre.Model;
using Litre.Model.Files;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Optimization;

namespace Litre.Training.Tuning;

/// <summary>What one checkpoint of a run holds: weights that others can load, and what resuming needs besides.</summary>
internal static class RunFiles
{
    public const string OptimizerName = "optimizer.safetensors";

    // Moments, and values in the type in which they are updated: the weights' own file may be of a narrower type.
    private const string Means = "means";
    private const string Variances = "variances";
    private const string Values = "values";

    /// <summary>About how many bytes <see cref="Write"/> writes.</summary>
    public static long Bytes(VisionLanguageModel model, bool full)
    {
        var trained = model.AllParameters.Where(p => p.Trainable).Sum(p => p.Value.Count);
        return 3 * trained * model.DType.Accumulate().Bytes() + (full ? model.WeightBytes : trained * sizeof(float)) + (1 << 20);
    }

    /// <summary>The most that the checkpoints of a run take at once: those to keep and the best; the next is written before the oldest goes.</summary>
    public static long AllBytes(VisionLanguageModel model, TuneSettings settings) => Checkpoints(settings) * Bytes(model, settings.Full);

    /// <summary>How many checkpoints may stand at once.</summary>
    public static int Checkpoints(TuneSettings settings) => settings.Keep + 2;

    public static void Write(
        string folder, VisionLanguageModel model, GradientBuffer gradients, AdamW optimizer, TrainerState state, TuneSettings settings)
    {
        using var scope = new TensorScope();
        var values = optimizer.Values();
        if (settings.Full)
        {
            ModelFiles.Save(model, folder, settings.Model);
            new AdapterFacts { Base = model.Base }.Save(folder);
        }
        else AdapterFiles.Save(model, folder, PartsOf(values, gradients));
        SafetensorsWriter.Write(Path.Combine(folder, OptimizerName), State(optimizer, values));
        state.Write(folder);
    }

    /// <summary>Counts the memory of <see cref="Write"/>, and of the proof after it, with a model on a meta device.</summary>
    public static void Rehearse(VisionLanguageModel model, GradientBuffer gradients, AdamW optimizer, bool full, CheckpointShape shape)
    {
        var scope = new TensorScope();
        var values = optimizer.Values();
        if (full) ModelFiles.RehearseSave(model, shape);
        else AdapterFiles.RehearseSave(model, PartsOf(values, gradients));
        SafetensorsWriter.Rehearse(State(optimizer, values));
        scope.Dispose();
        SaveProof.Rehearse(model, shape, full);
    }

    /// <summary>Puts a checkpoint's values and moments back. The model has the same things to train as when it was written.</summary>
    /// <exception cref="InputException">The checkpoint is of a run that trained something else.</exception>
    public static TrainerState Read(string folder, GradientBuffer gradients, AdamW optimizer)
    {
        var state = TrainerState.Read(folder);
        var keys = gradients.Parameters.Select(p => p.Key).ToList();
        if (!state.Parameters.SequenceEqual(keys) || state.ParameterSteps.Count != keys.Count)
            throw new InputException($"{folder}: trained {state.Parameters.Count} tensors, this run would train {keys.Count} others; resume with the run's own recipe");
        using var scope = new TensorScope();
        using var file = SafetensorsFile.Open(Path.Combine(folder, OptimizerName));
        optimizer.Means.CopyFrom(Sized(file, Means, optimizer.Means));
        optimizer.Variances.CopyFrom(Sized(file, Variances, optimizer.Variances));
        optimizer.Load(Sized(file, Values, optimizer.Means));
        optimizer.Steps = state.OptimizerSteps;
        for (var i = 0; i < keys.Count; i++) optimizer.ParameterSteps[i] = state.ParameterSteps[i];
        return state;
    }

    private static Tensor Sized(SafetensorsFile file, string key, Tensor like)
    {
        var tensor = TensorFiles.Read(file, key);
        return tensor.Sizes.SequenceEqual(like.Sizes)
            ? tensor
            : throw new InputException($"{file.Path}: {key} has {tensor.Count} values, this run trains {like.Count}; resume with the run's own recipe");
    }

    private static TensorSource[] State(AdamW optimizer, Tensor values) =>
        [TensorFiles.Source(Means, optimizer.Means), TensorFiles.Source(Variances, optimizer.Variances), TensorFiles.Source(Values, values)];

    // Each parameter's part of all values end to end.
    private static Func<Parameter, Tensor> PartsOf(Tensor values, GradientBuffer gradients)
    {
        var offsets = Offsets(gradients);
        return p => values.AsStrided(p.Value.Sizes, Shape.ContiguousStrides(p.Value.Sizes), offsets[p]);
    }

    private static Dictionary<Parameter, long> Offsets(GradientBuffer gradients)
    {
        var offsets = new Dictionary<Parameter, long>();
        var offset = 0L;
        foreach (var parameter in gradients.Parameters)
        {
            offsets[parameter] = offset;
            offset += parameter.Value.Count;
        }
        return offsets;
    }
}
