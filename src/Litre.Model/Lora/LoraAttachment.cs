using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Lora;

/// <summary>Attaches new adapters to the modules of a model that a PEFT configuration names.</summary>
public static class LoraAttachment
{
    private const string Prefix = "base_model.model.";

    /// <summary>
    /// Attaches an adapter to every module and expert tensor that the configuration matches. Its factors are zero until
    /// <see cref="Initialize"/> or a file sets them, and they are not trainable.
    /// </summary>
    /// <param name="model">It may carry other adapters.</param>
    /// <param name="config">The modules and their scales.</param>
    /// <param name="dropout">Used in training instead of the configuration's, which must be 0 in PEFT if experts are adapted.</param>
    /// <returns>The adapter in the lowest free slot.</returns>
    /// <exception cref="InputException">Nothing matches, or a matching module cannot have an adapter.</exception>
    public static Adapter Attach(CausalModel model, AdapterConfig config, double? dropout = null)
    {
        config = config.For(model.Config.Family);
        RefuseOthers(model, config);
        var slot = model.Adapters.FreeSlot;
        try
        {
            var updates = AddFactors(model, config, slot, dropout);
            if (updates.Count == 0)
                throw new InputException(
                    $"the adapter's targets ({Targets(config)}) match no module of this model; use names such as q_proj, "
                        + "down_proj or mlp.experts.gate_up_proj"
                );
            return model.Adapters.Add(config, updates);
        }
        catch
        {
            model.Adapters.Detach(slot);
            throw;
        }
    }

    /// <summary>Starts training: A uniform in ±1/√in as PEFT draws it (Kaiming uniform with a = √5), B zero.</summary>
    /// <param name="adapter">Its factors become trainable.</param>
    /// <param name="seed">Start of the random sequence, which is the same on every machine.</param>
    public static void Initialize(Adapter adapter, int seed)
    {
        var random = new Random(seed);
        foreach (var (_, pair) in adapter.Updates)
        {
            var a = pair.A.Value;
            var bound = 1 / Math.Sqrt(a.Size(-1));
            if (!a.Device.IsMeta)
            {
                var values = new float[a.Count];
                for (var i = 0; i < values.Length; i++)
                    values[i] = (float)((random.NextDouble() * 2 - 1) * bound);
                using var host = Tensor.From<float>(values, a.Sizes, Device.Cpu);
                a.CopyFrom(host);
            }
            pair.B.Value.Zero();
            pair.A.Trainable = pair.B.Trainable = true;
        }
    }

    private static List<WeightUpdate> AddFactors(CausalModel model, AdapterConfig config, int slot, double? dropout)
    {
        using var label = MemoryLedger.Label(MemoryUse.Adapters);
        var updates = new List<WeightUpdate>();
        foreach (var linear in model.Linears)
        {
            var parts = linear
                .Parts.Where(p => config.TargetsModule(p.Module))
                .Select(p => (Part: p, Settings: Settings(config, p.Module, dropout)))
                .ToList();
            if (parts.Count == 0)
                continue;
            foreach (var ((part, settings), (a, b)) in parts.Zip(linear.Allocate(slot, parts)))
            {
                var pair = new LoraPair(
                    part.Module,
                    new Parameter($"{Prefix}{part.Module}.lora_A.weight", a),
                    new Parameter($"{Prefix}{part.Module}.lora_B.weight", b),
                    settings
                );
                part.Lora.Add(slot, pair);
                updates.Add(new WeightUpdate(part.Weight, pair));
            }
        }
        foreach (var layer in model.Text.Layers)
        {
            var targets = layer.ExpertLinears.Where(e => config.TargetsParameter(e.Key)).ToList();
            foreach (var experts in targets)
            {
                var settings = Settings(config, experts.Module, dropout);
                var sizes = experts.Weight.Sizes.ToArray(); // (E, out, in)
                // PEFT wraps the module once per tensor: the first tensor's wrapper is the second one's base layer.
                var name = Prefix + experts.Module + (targets.Count == 2 && experts == targets[0] ? ".base_layer" : "");
                var pair = new LoraPair(
                    experts.Key,
                    Factor(model, name + ".lora_A.weight", [sizes[0], settings.Rank, sizes[2]]),
                    Factor(model, name + ".lora_B.weight", [sizes[0], sizes[1], settings.Rank]),
                    settings
                );
                experts.Lora.Add(slot, pair);
                updates.Add(new WeightUpdate(experts.Weight, pair));
            }
        }
        return updates;
    }

    private static LoraSettings Settings(AdapterConfig config, string module, double? dropout) =>
        new(config.RankOf(module), config.AlphaOf(module), dropout ?? config.Dropout, config.UseRsLora);

    private static string Targets(AdapterConfig config) =>
        string.Join(
            ", ",
            [
                .. config.TargetModules is null ? []
                : config.TargetModules.Text is { } text ? [text]
                : config.TargetModules.Names,
                .. config.TargetParameters,
            ]
        );

    private static Parameter Factor(CausalModel model, string key, ReadOnlySpan<long> sizes) =>
        new(key, Tensor.Zeros(sizes, model.DType, model.Device));

    // Modules that PEFT supports and Litre does not: refused, not skipped.
    private static void RefuseOthers(CausalModel model, AdapterConfig config)
    {
        if (model.Text.Layers.All(l => !l.ExpertLinears.Any()) && config.TargetParameters.Count > 0)
            throw new InputException(
                $"the adapter targets expert tensors ({string.Join(", ", config.TargetParameters)}), but this model has "
                    + "no experts; use a mixture-of-experts model, or an adapter for other modules"
            );
        if (config.TargetModules?.IsAllLinear == true)
            return;
        var keys = model.Config.Keys;
        string?[] others = [keys.Text.Head, keys.Text.Embedding, keys.Vision?.PatchWeight, keys.Vision?.Positions];
        foreach (var module in others.OfType<string>().Select(ModuleNames.Of))
        {
            if (config.TargetsModule(module))
                throw new InputException(
                    $"the adapter's targets ({Targets(config)}) include {module}, for which adapters are not supported; "
                        + "name linear layers of the decoder, the vision blocks or the mergers"
                );
        }
    }
}
