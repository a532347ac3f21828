using Litre.Core;
using Litre.Model;
using Litre.Model.Configuration;

namespace Litre.Training.Tuning;

/// <summary>Converts the values of <c>target</c> to a PEFT configuration for one model.</summary>
public static class LoraTargets
{
    /// <exception cref="InputException">A value matches nothing in this model, or values contradict each other.</exception>
    public static AdapterConfig Configure(CausalModel model, TrainableSettings settings, string baseModel)
    {
        var modules = new List<string>();
        var parameters = new List<string>();
        var everything = false;
        var known = model.Config.Family.Targets(model.Config);
        foreach (var word in settings.Targets)
        {
            if (word == "all-linear")
            {
                everything = true;
                continue;
            }
            var (names, tensors) = Expand(word, known);
            var foundNames = names.Where(n => model.LinearParts.Any(p => Names(n, p.Module))).ToList();
            var foundTensors = tensors.Where(t => model.ExpertLinears.Any(e => Names(t, e.Key))).ToList();
            if (foundNames.Count + foundTensors.Count == 0 && settings.Adapter.Length > 0)
                throw new InputException(
                    "adapter",
                    settings.Adapter,
                    $"its target {word} matches no module of this model",
                    "use the model that the adapter was trained on; if `target` was given, omit it"
                );
            if (foundNames.Count + foundTensors.Count == 0)
                throw new InputException(
                    "target",
                    word,
                    "matches no module of this model",
                    $"use {string.Join(", ", known.Select(t => t.Word))}, all-linear, or the end of a module's name such as q_proj"
                );
            modules.AddRange(foundNames.Except(modules));
            parameters.AddRange(foundTensors.Except(parameters));
        }
        if (settings.Targets.Count == 0)
            throw new InputException("target", null, "is empty", "name at least one module, or train all weights with `full`");
        if (everything && modules.Count > 0)
            throw new InputException("target", "all-linear", "already selects every linear module", "omit the other names");
        return new AdapterConfig
        {
            Rank = settings.LoraRank,
            Alpha = settings.LoraAlpha,
            UseRsLora = settings.RsLora,
            // PEFT refuses dropout if experts are adapted; it is used in training anyway.
            Dropout = parameters.Count > 0 ? 0 : settings.LoraDropout,
            TargetModules =
                everything ? ModuleSelection.Matching("all-linear", SettingName.Quote("target"))
                : modules.Count > 0 ? ModuleSelection.Of(modules)
                : null,
            TargetParameters = parameters,
            BaseModel = baseModel,
            TaskType = "CAUSAL_LM",
        };
    }

    private static (IReadOnlyList<string> Modules, IReadOnlyList<string> Parameters) Expand(
        string word,
        IReadOnlyList<AdapterTarget> known
    ) =>
        known.FirstOrDefault(t => t.Word == word) is { } target ? (target.Modules, target.Parameters)
        : word.Contains("experts.", StringComparison.Ordinal) ? ([], [word])
        : ([word], []);

    private static bool Names(string name, string module) => module == name || module.EndsWith("." + name, StringComparison.Ordinal);
}
