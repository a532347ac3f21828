using System.Text.RegularExpressions;
using Litre.Core;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Lora;
using Litre.Torch;

namespace Litre.Training.Tuning;

/// <summary>Marks the trainable parameters of a run, and lists them by kind of module.</summary>
public static partial class TrainablePart
{
    /// <summary>Attaches new adapters, or frees the model's own weights with <c>full</c>.</summary>
    /// <param name="model">The model, without adapters.</param>
    /// <param name="settings">What to train.</param>
    /// <param name="seed">The seed of new adapters.</param>
    /// <param name="baseModel">The base model that the adapter's configuration names: the checkpoint's folder.</param>
    /// <exception cref="InputException">The model does not have a target or a part to freeze.</exception>
    public static void Prepare(CausalModel model, TrainableSettings settings, int seed, string baseModel)
    {
        foreach (var parameter in model.Parameters)
            parameter.Trainable = false;
        if (!settings.Full)
        {
            var adapter = LoraAttachment.Attach(model, LoraTargets.Configure(model, settings, baseModel), settings.LoraDropout);
            LoraAttachment.Initialize(adapter, seed);
            return;
        }
        foreach (var word in settings.Freeze)
        {
            if (word is not ("vision" or "embeddings" or "router"))
                throw new InputException("freeze", word, "expected vision, embeddings or router", null);
        }
        var keys = model.Config.Keys;
        if (settings.Freeze.FirstOrDefault(word => model.Parameters.All(p => Part(keys.Find(p.Key)) != word)) is { } absent)
            throw new InputException("freeze", absent, "this model has no such part", "omit it");
        foreach (var parameter in model.Parameters)
            parameter.Trainable = !settings.Freeze.Contains(Part(keys.Find(parameter.Key)));
    }

    /// <summary>Trainable parameters by kind, in the model's order.</summary>
    public static IReadOnlyList<TrainableModules> List(CausalModel model)
    {
        var rows = new List<(string Kind, string Shape, long Count)>();
        foreach (var (_, lora) in model.Adapters.SelectMany(a => a.Updates).Where(u => u.Lora.Trainable))
        {
            rows.Add(
                (
                    Kind(lora.Module),
                    $"A {Shape.Text(lora.A.Value.Sizes)}, B {Shape.Text(lora.B.Value.Sizes)}",
                    lora.A.Value.Count + lora.B.Value.Count
                )
            );
        }
        foreach (var parameter in model.Parameters.Where(p => p.Trainable))
            rows.Add((Kind(parameter.Key), Shape.Text(parameter.Sizes), parameter.Count));
        return
        [
            .. rows.GroupBy(r => (r.Kind, r.Shape))
                .Select(g => new TrainableModules(g.Key.Kind, g.Count(), g.Key.Shape, g.Sum(r => r.Count))),
        ];
    }

    private static string Part(CheckpointTensor? tensor) =>
        tensor switch
        {
            { IsVision: true } => "vision",
            { Role: TensorRole.Router } => "router",
            { Role: TensorRole.Embedding or TensorRole.Head } => "embeddings",
            _ => "",
        };

    private static string Kind(string name) =>
        Number().Replace(name.StartsWith("model.", StringComparison.Ordinal) ? name[6..] : name, ".*");

    [GeneratedRegex(@"\.\d+(?=\.)")]
    private static partial Regex Number();
}

/// <summary>Trainable parameters of all modules of one kind.</summary>
/// <param name="Kind">For example <c>language_model.layers.*.self_attn.q_proj</c>.</param>
/// <param name="Modules">How many there are.</param>
/// <param name="Shape">What is trained in each, such as <c>A (16, 2048), B (4096, 16)</c>.</param>
/// <param name="Parameters">The number in all of them together.</param>
public sealed record TrainableModules(string Kind, int Modules, string Shape, long Parameters);
