using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Inference.Tests;

public sealed class LogitRowsTests
{
    // Coarse values, so that many are equal, also at the limit of top-k.
    [Fact]
    public void Sample_LargestLogitsFirst_ChoosesAsFromTheWholeRow() =>
        Property.Holds(
            10,
            random =>
            {
                const int Width = 2000;
                var settings = Enumerable
                    .Range(0, 6)
                    .Select(i => new GenerationSettings
                    {
                        Temperature = 0.2 + random.NextDouble(),
                        TopK = random.Between(1, 150),
                        TopP = random.Flip() ? 1 : 0.5 + random.NextDouble() / 2,
                        MinP = random.Flip() ? 0 : 0.05,
                        Seed = i,
                    })
                    .ToArray();
                float[] values = [.. Enumerable.Range(0, settings.Length * Width).Select(_ => random.Next(-40, 40) / 8f)];
                using var logits = Tensor.From<float>(values, [settings.Length, Width], Device.Cpu);
                Assert.Equal(Sample(false), Sample(true));

                int[] Sample(bool candidates)
                {
                    var tasks = settings.Select(s => new GenerationTask(Prompt, s, new TokenSampler(s, [], s.Seed, null))).ToList();
                    var tokens = new List<int>();
                    for (var round = 0; round < 5; round++)
                    {
                        var chosen = new SampledToken[tasks.Count];
                        LogitRows.Sample(tasks, logits, chosen, candidates);
                        tokens.AddRange(chosen.Select(c => c.Token));
                    }
                    return [.. tokens];
                }
            }
        );

    private static ModelSample Prompt => new([1], null, [], null) { Adapter = AdapterSelection.NoAdapter };
}
