using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Lora;
using Litre.Torch;

namespace Litre.Verification;

/// <summary>
/// Writes adapters of many forms together with the logits that this program computes with them, so that they can be compared with PEFT
/// (tests/peers/check_adapters.py).
/// </summary>
public static class PeerAdapters
{
    /// <summary>One folder per form, each with an adapter and <c>logits.safetensors</c>.</summary>
    /// <param name="folder">A reference directory.</param>
    /// <param name="output">Created if it does not exist.</param>
    /// <returns>The folders written.</returns>
    public static IReadOnlyList<string> Write(string folder, string output)
    {
        var written = new List<string>();
        foreach (var (name, config) in Forms(ModelConfigs.Load(Path.Combine(folder, "model"))))
        {
            using var model = ModelFiles.Load(Path.Combine(folder, "model"), DType.Float32, Device.Cpu);
            using var samples = new ReferenceSamples(Path.Combine(folder, "expected.safetensors"), model.Config);
            var adapter = LoraAttachment.Attach(model, config);
            LoraAttachment.Initialize(adapter, seed: written.Count);
            Randomize(adapter, seed: written.Count);
            var target = Path.Combine(output, name);
            AdapterFiles.Save(model, adapter, target);
            using var scope = new TensorScope();
            var logits = samples.Names.ToDictionary(
                n => n,
                n =>
                {
                    using var batch = PackedBatch.Pack([samples.Samples[n]], model.Config, DType.Float32, Device.Cpu);
                    return model.Logits(batch);
                }
            );
            SafetensorsWriter.Write(Path.Combine(target, "logits.safetensors"), logits.Select(l => TensorFiles.Source(l.Key, l.Value)));
            written.Add(target);
        }
        return written;
    }

    private static IEnumerable<(string Name, AdapterConfig Config)> Forms(ModelConfig config)
    {
        yield return (
            "attention",
            new AdapterConfig
            {
                Rank = 4,
                Alpha = 8,
                TargetModules = ModuleSelection.Of("q_proj", "v_proj"),
            }
        );
        yield return (
            "all-linear-rslora",
            new AdapterConfig
            {
                Rank = 3,
                Alpha = 5,
                UseRsLora = true,
                TargetModules = ModuleSelection.Of(
                    "q_proj",
                    "k_proj",
                    "v_proj",
                    "o_proj",
                    "gate_proj",
                    "up_proj",
                    "down_proj",
                    "qkv",
                    "linear_fc1",
                    "linear_fc2"
                ),
            }
        );
        yield return (
            "patterns",
            new AdapterConfig
            {
                Rank = 4,
                Alpha = 8,
                TargetModules = ModuleSelection.Of("q_proj", "k_proj", "o_proj", "linear_fc1"),
                RankPattern = new ModulePatterns<int>([new("layers.1.self_attn.q_proj", 2), new("o_proj", 6)], "rank_pattern"),
                AlphaPattern = new ModulePatterns<double>([new("k_proj", 3)], "alpha_pattern"),
            }
        );
        if (!config.IsMoe)
            yield break;
        yield return (
            "experts",
            new AdapterConfig
            {
                Rank = 2,
                Alpha = 4,
                TargetModules = ModuleSelection.Of("q_proj"),
                TargetParameters = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"],
            }
        );
        yield return (
            "experts-down",
            new AdapterConfig
            {
                Rank = 3,
                Alpha = 4,
                TargetParameters = ["mlp.experts.down_proj"],
            }
        );
        yield return (
            "experts-gate-up",
            new AdapterConfig
            {
                Rank = 3,
                Alpha = 4,
                TargetParameters = ["mlp.experts.gate_up_proj"],
            }
        );
    }

    // A fresh adapter's B is zero and would prove nothing.
    private static void Randomize(Adapter adapter, int seed)
    {
        var random = new Random(seed);
        foreach (var b in adapter.Updates.Select(u => u.Lora.B.Value))
        {
            var values = new float[b.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(random.NextDouble() - 0.5) * 0.4f;
            using var host = Tensor.From<float>(values, b.Sizes, Device.Cpu);
            b.CopyFrom(host);
        }
    }
}
