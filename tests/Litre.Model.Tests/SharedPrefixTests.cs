using Litre.Kernels;
using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests;

/// <summary>Samples about one image in one packed batch, in which its tokens stand once: the same losses and gradients.</summary>
public sealed class SharedPrefixTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(5, false)]
    [InlineData(5, true)]
    public void TrainingPass_BeginningsShared_EqualsSeparateSequences(int experts, bool plain) =>
        Property.Holds(
            4,
            random =>
            {
                var kernels = plain ? KernelOptions.Default with { UsesFusedAttention = false } : KernelOptions.Default;
                using var model = new CausalModel(TinyModels.Config(experts), TinyModels.Weights(random.Next(), kernels: kernels));
                TinyModels.Adapt(model, TinyModels.Weights(random.Next()), new LoraSettings(2, 4));
                foreach (var parameter in model.AllParameters)
                    parameter.Trainable = random.Next(3) > 0;
                using var samples = new Mixed(random, model.Config);
                using var gradients = new GradientBuffer(model.AllParameters);
                var separate = Run(false);
                var shared = Run(true);
                Assert.True(shared.Tokens < separate.Tokens, $"{shared.Tokens} tokens against {separate.Tokens}");
                Assert.Contains(separate.Gradient, g => g != 0);
                Assert.Equal(separate.Losses, shared.Losses, Close);
                Assert.Equal(separate.Gradient, shared.Gradient, Close);

                (double[] Losses, double[] Gradient, long Tokens) Run(bool share)
                {
                    using var batch = PackedBatch.Pack(samples.All, model.Config, model.DType, model.Device, share);
                    gradients.Zero();
                    model.TrainingPass(batch, 0.1, random.Flip() ? Recompute.All : Recompute.None).Dispose();
                    using var losses = model.TokenLosses(batch);
                    return (losses.ToDoubles(), gradients.Flat.ToDoubles(), batch.Text.Ids.Size(0));
                }
            }
        );

    [Fact]
    public void Pack_BeginningsShared_LastRowsGiveTheLogitsOfSeparateSequences() =>
        Property.Holds(
            4,
            random =>
            {
                using var model = new CausalModel(TinyModels.Config(5), TinyModels.Weights(random.Next()));
                using var samples = new Mixed(random, model.Config);
                using var scope = new TensorScope();
                Assert.Equal(Last(false), Last(true), Close);

                double[] Last(bool share)
                {
                    using var batch = PackedBatch.Pack(samples.All, model.Config, model.DType, model.Device, share);
                    return Ops.Rows(
                            model.Logits(batch),
                            Tensor.From(samples.All.Select((_, i) => batch.Tokens.RowsOfSample(i)[^1]).ToArray(), model.Device)
                        )
                        .ToDoubles();
                }
            }
        );

    [Fact]
    public void Find_AnySamples_SharesWhatIsEqualAndNoAnswer() =>
        Property.Holds(
            50,
            random =>
            {
                var config = TinyModels.Config();
                using var samples = new Mixed(random, config);
                var groups = PrefixGroup.Find(samples.All, config);
                Assert.Equal(Enumerable.Range(0, samples.All.Count), groups.SelectMany(g => g.Samples).Order());
                foreach (var group in groups)
                {
                    Assert.Equal(group.Samples.Count > 1, group.Length > 0);
                    var first = samples.All[group.Samples[0]];
                    foreach (var i in group.Samples)
                    {
                        var sample = samples.All[i];
                        Assert.Equal(first.Ids[..group.Length], sample.Ids[..group.Length]);
                        Assert.True(group.Length < sample.Ids.Length);
                        Assert.All(sample.Labels![..group.Length], l => Assert.Equal(ModelSample.NoLoss, l));
                        if (group.Length == 0)
                            continue;
                        Assert.Equal(first.ImageKeys, sample.ImageKeys);
                        Assert.DoesNotContain(config.Visual!.Image, sample.Ids[group.Length..]);
                    }
                }
                // The questions about each image are together.
                Assert.Contains(groups, g => g.Samples.Count == samples.First);
            }
        );

    [Fact]
    public void Find_OtherTextBeforeTheImageOrAnAnswerBeforeIt_StaysApart()
    {
        var config = TinyModels.Config();
        var random = new Random(5);
        var samples = TinyModels.Questions(random, config, "a", 2, new VisionGrid(1, 4, 4));
        var other = samples[0] with { Ids = [3, .. samples[0].Ids], Labels = [ModelSample.NoLoss, .. samples[0].Labels!] };
        var answered = samples[0] with { Ids = [3, 4, .. samples[0].Ids], Labels = [ModelSample.NoLoss, 4, .. samples[0].Labels!] };
        var nameless = samples[0] with { ImageKeys = null };
        Assert.Equal(
            [
                [0, 1],
                [2],
                [3],
                [4],
            ],
            PrefixGroup.Find([.. samples, other, answered, nameless], config).Select(g => g.Samples)
        );
        Assert.Equal(
            [
                [0],
                [1],
            ],
            PrefixGroup.Find([answered, answered], config).Select(g => g.Samples)
        );
        samples[0].Pixels!.Dispose();
    }

    private static bool Close(double a, double b) => Math.Abs(a - b) < 1e-10;

    /// <summary>Questions about one image, about two others, about a video, and a text, in any order.</summary>
    private sealed class Mixed : IDisposable
    {
        public Mixed(Random random, ModelConfig config)
        {
            First = random.Between(2, 4);
            ModelSample[] all =
            [
                .. TinyModels.Questions(random, config, "a", First, new VisionGrid(1, 4, 2)),
                .. TinyModels.Questions(random, config, "b", random.Between(1, 2), new VisionGrid(1, 2, 2), new VisionGrid(1, 4, 4)),
                .. TinyModels.Questions(random, config, "c", random.Between(1, 2), new VisionGrid(2, 2, 4)),
                TinyModels.Sample(random, config, 3, 2),
            ];
            random.Shuffle(all);
            All = all;
        }

        public IReadOnlyList<ModelSample> All { get; }

        /// <summary>Questions about the first image.</summary>
        public int First { get; }

        public void Dispose()
        {
            foreach (var sample in All)
                sample.Pixels?.Dispose();
        }
    }
}
