using Litre.Model;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Planning;
using Litre.Training.Tuning;

namespace Litre.Training.Diagnosis;

/// <summary>What the checkpoints of a run take on the disk.</summary>
/// <param name="Run">Which run, in a few words.</param>
/// <param name="CheckpointBytes">One checkpoint.</param>
/// <param name="Checkpoints">The most that are there at once.</param>
/// <param name="WeightBytes">The model's own files.</param>
public sealed record CheckpointSpace(string Run, long CheckpointBytes, int Checkpoints, long WeightBytes)
{
    /// <summary>The part of a checkpoint that <c>best/</c> has too: the adapter, or the weights.</summary>
    public long WeightFileBytes { get; init; }

    public long TotalBytes => CheckpointBytes * Checkpoints;

    /// <summary>Of a run with a recipe: counted on the model's shapes, nothing is loaded.</summary>
    /// <exception cref="InputException">The recipe does not fit the model.</exception>
    public static CheckpointSpace Of(PlanModel model, TuneSettings settings)
    {
        using var shapes = new VisionLanguageModel(model.Config, new CheckpointSource(model.Shape, null, settings.DType, Device.Meta()));
        TrainablePart.Prepare(shapes, settings);
        return new CheckpointSpace(
            $"{model.Name}, {(settings.Full ? "all weights" : $"LoRA of rank {settings.LoraRank}")}", RunFiles.Bytes(shapes, settings.Full, model.Shape.Tensors.Values, model.Folder), RunFiles.Checkpoints(settings),
            model.Shape.Tensors.Values.Sum(t => t.Bytes))
        {
            WeightFileBytes = settings.Full ? CheckpointCopy.Bytes(model.Shape.Tensors.Values, model.Folder) : AdapterFiles.FileBytes(shapes),
        };
    }
}
