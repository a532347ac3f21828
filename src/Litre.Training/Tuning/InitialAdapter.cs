using Litre.Core;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Files;
using Litre.Model.Lora;

namespace Litre.Training.Tuning;

/// <summary>
/// The adapter from which a new run starts, instead of a new one: the recipe takes its shape, and training starts with its values.
/// </summary>
public static class InitialAdapter
{
    /// <summary>Copies rank, alpha and targets from the adapter that the recipe names; without one, the recipe is unchanged.</summary>
    /// <param name="settings">The recipe.</param>
    /// <param name="given">Names of the settings that the user gave.</param>
    /// <param name="log">Called with one line if another folder than the given one is used.</param>
    /// <exception cref="InputException">
    /// The adapter does not exist, a run cannot start from it, or a given setting contradicts it.
    /// </exception>
    public static TuneSettings Apply(TuneSettings settings, IReadOnlyCollection<string> given, Action<string> log)
    {
        if (settings.Trainable.Adapter.Length == 0)
            return settings;
        if (settings.Trainable.Full)
            throw new InputException(
                $"{SettingName.Quote("adapter", settings.Trainable.Adapter)} and `full`: a run trains either an adapter "
                    + "or all weights; omit one of them"
            );
        var folder = AdapterFolder.Find(settings.Trainable.Adapter, log);
        var config = AdapterConfig.Load(folder);
        Refuse(
            config.RankPattern.Count > 0 || config.AlphaPattern.Count > 0,
            "has a different rank or alpha for some modules (rank_pattern, alpha_pattern)"
        );
        Refuse(config.LayersToTransform.Count > 0, "adapts only some layers (layers_to_transform)");
        Refuse(config.ExcludeModules is not null, "excludes modules (exclude_modules)");
        Refuse(
            config.TargetModules is { Text: not null, IsAllLinear: false },
            "selects its modules with a regular expression (target_modules)"
        );
        IReadOnlyList<string> targets = config.TargetModules is { IsAllLinear: true }
            ? ["all-linear", .. config.TargetParameters]
            : [.. config.TargetModules?.Names ?? [], .. config.TargetParameters];
        var taken = settings with
        {
            Trainable = settings.Trainable with
            {
                Adapter = folder,
                LoraRank = config.Rank,
                LoraAlpha = config.Alpha,
                RsLora = config.UseRsLora,
            },
        };
        foreach (var name in (string[])["lora-rank", "lora-alpha", "rslora"])
        {
            var field = RecipeFields.Find(name)!;
            if (given.Contains(name) && field.Get(settings) != field.Get(taken))
                throw new InputException(
                    name,
                    field.Get(settings),
                    $"{SettingName.Quote("adapter", folder)} has {field.Get(taken)}",
                    "omit the setting, or start without `adapter`"
                );
        }
        // Given targets are compared with the adapter's tensors when the model is loaded.
        return given.Contains("target") ? taken : taken with { Trainable = taken.Trainable with { Targets = targets } };

        void Refuse(bool condition, string why)
        {
            if (condition)
                throw new InputException(
                    "adapter",
                    folder,
                    $"{why}, and a run cannot start from such an adapter",
                    "merge it first (`litre export` with `to merged`) and train a new adapter on the result"
                );
        }
    }

    /// <summary>Sets the model's new adapter to the values of another adapter.</summary>
    /// <param name="model">The model, with an adapter of the recipe's shape in slot 0.</param>
    /// <param name="folder">The adapter.</param>
    /// <param name="use">Whether an adapter of another base is accepted.</param>
    /// <exception cref="InputException">It belongs to another base, or has other modules than the recipe's targets.</exception>
    public static void LoadWeights(CausalModel model, string folder, AdapterLoadOptions use)
    {
        BaseModelMatch.Check(model, folder, use);
        using var file = SafetensorsFile.Open(Path.Combine(folder, AdapterFiles.WeightsName));
        var wanted = model.Adapters[0].Parameters.Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
        var other =
            wanted.FirstOrDefault(key => !file.Tensors.ContainsKey(key)) ?? file.Tensors.Keys.FirstOrDefault(key => !wanted.Contains(key));
        // If no key matches, it is not an adapter of this model at all, which is reported below.
        if (other is not null && file.Tensors.Keys.Any(wanted.Contains))
            throw new InputException(
                "target",
                null,
                $"names other modules than {SettingName.Quote("adapter", folder)} adapts (the first difference is {other})",
                "omit `target`; the adapter's own targets are then used"
            );
        AdapterFiles.Fill(model.Adapters[0], file, model.Config.Family);
        use.Log?.Invoke($"starting from the adapter {folder}");
    }
}
