using Litre.Core;
using Litre.Machine.Doctor;
using Litre.Model;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>Counts the disk space of a run's checkpoints on the model's shapes; nothing is loaded.</summary>
public static class RunSpace
{
    /// <summary>The space of a run with a recipe.</summary>
    /// <exception cref="InputException">The recipe does not fit the model.</exception>
    public static CheckpointSpace Of(PlanModel model, TuneSettings settings)
    {
        using var shapes = new CausalModel(model.Config, new CheckpointSource(model.Shape, null, settings.Engine.DType, Device.Meta()));
        TrainablePart.Prepare(shapes, settings.Trainable, settings.Seed, settings.Model);
        return new CheckpointSpace(
            $"{model.Name}, {(settings.Trainable.Full ? "all weights" : $"LoRA with rank {settings.Trainable.LoraRank}")}",
            RunFiles.Bytes(shapes, settings.Trainable.Full, model.Shape.Tensors.Values, model.Folder),
            RunFiles.Checkpoints(settings.Checkpoints),
            model.Shape.Tensors.Values.Sum(t => t.Bytes)
        )
        {
            WeightFileBytes = settings.Trainable.Full
                ? CheckpointCopy.Bytes(model.Shape.Tensors.Values, model.Folder)
                : AdapterFiles.FileBytes(shapes.Adapters[0]),
        };
    }
}
