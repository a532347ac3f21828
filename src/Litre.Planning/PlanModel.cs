using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Weights;

namespace Litre.Planning;

/// <summary>A model for which a run is planned: a checkpoint, or only a configuration.</summary>
/// <param name="Name">Its readable name.</param>
/// <param name="Config">Its sizes.</param>
/// <param name="Shape">The tensors that its checkpoint has or would have.</param>
/// <param name="Folder">The checkpoint's folder, if there is one; tokenizer and processor are in it.</param>
public sealed record PlanModel(string Name, ModelConfig Config, CheckpointShape Shape, string? Folder)
{
    /// <summary>Opens a checkpoint folder, reads a <c>config.json</c>, or finds a published size by its name.</summary>
    /// <exception cref="InputException">It is none of these, or it is damaged.</exception>
    public static PlanModel Open(string model)
    {
        if (Directory.Exists(model))
        {
            var config = ModelConfigs.Load(model);
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));
            var weights = File.Exists(Path.Combine(model, Checkpoint.SingleName)) || File.Exists(Path.Combine(model, Checkpoint.IndexName));
            if (!weights)
                return new PlanModel(name, config, CheckpointShape.Expected(config), model);
            using var checkpoint = Checkpoint.Open(model);
            return new PlanModel(name, config, CheckpointShape.Of(checkpoint, config), model);
        }
        if (File.Exists(model))
        {
            var config = ModelConfigs.Load(model);
            var name = Path.GetFileNameWithoutExtension(model);
            if (name == "config")
                name = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(model)))!;
            return new PlanModel(name, config, CheckpointShape.Expected(config), null);
        }
        if (ModelFamilies.FindPublished(model) is not { } known)
            throw new InputException(
                "model",
                model,
                "is not a folder, a file or the name of a published model",
                $"give a checkpoint folder, a config.json, or one of {string.Join(", ", ModelFamilies.PublishedNames)}"
            );
        return new PlanModel(known.Name, known.Config, CheckpointShape.Expected(known.Config), null);
    }
}
