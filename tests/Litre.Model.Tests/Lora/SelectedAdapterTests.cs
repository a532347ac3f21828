using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Lora;

public sealed class SelectedAdapterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Logits_NoAdapterSelected_AreTheBaseModelsBitForBit(int experts)
    {
        var config = TinyModels.Config(experts);
        using var model = new CausalModel(config, TinyModels.Weights(3, DType.Float32));
        var sample = TinyModels.Sample(new Random(1), config, 4, 3, new VisionGrid(1, 4, 2));
        using var batch = PackedBatch.Pack([sample], config, model.DType, model.Device);
        var plain = Logits(model, batch);
        var adapter = TinyModels.Adapt(model, TinyModels.Weights(4, DType.Float32), new LoraSettings(2, 4, 0));
        var adapted = Logits(model, batch);

        Assert.NotEqual(plain, adapted);
        Assert.Equal(plain, Logits(model, batch, AdapterSelection.None));
        Assert.Equal(adapted, Logits(model, batch, AdapterSelection.Of(0)));
        Assert.Contains(
            "slot 1 has no adapter",
            Assert.Throws<ArgumentException>(() => Logits(model, batch, AdapterSelection.Of(1))).Message,
            StringComparison.Ordinal
        );

        TinyModels.Train(adapter.Parameters);
        using var gradients = new GradientBuffer(model.AllParameters);
        model.TrainingPass(batch, 1, Recompute.None, adapters: AdapterSelection.None).Dispose();
        Assert.All(adapter.Parameters, p => Assert.False(p.HasAccumulated));
        model.TrainingPass(batch, 1, Recompute.None).Dispose();
        Assert.All(adapter.Parameters, p => Assert.True(p.HasAccumulated));
        sample.Pixels?.Dispose();
    }

    [Fact]
    public void TokenLosses_SeveralBlocks_SumToTheLoss() =>
        Property.Holds(
            5,
            random =>
            {
                var config = TinyModels.Config();
                using var model = new CausalModel(config, TinyModels.Weights(random.Next()));
                ModelSample[] samples = [TinyModels.Sample(random, config, 2, 3), TinyModels.Sample(random, config, 3, 5)];
                using var batch = PackedBatch.Pack(samples, config, model.DType, model.Device);
                using var losses = model.TokenLosses(batch);
                using var sum = model.Loss(batch);
                Assert.Equal(8, losses.Count);
                Assert.Equal(sum.ToDoubles()[0], losses.ToDoubles().Sum(), 10);

                // Each sequence's own losses, in the order of packing.
                using var alone = PackedBatch.Pack([samples[1]], config, model.DType, model.Device);
                using var second = model.TokenLosses(alone);
                foreach (var (expected, found) in second.ToDoubles().Zip(losses.ToDoubles()[3..]))
                    Assert.Equal(expected, found, 10);
            }
        );

    private static double[] Logits(CausalModel model, PackedBatch batch, AdapterSelection? adapters = null)
    {
        using var logits = model.Logits(batch, adapters: adapters);
        return logits.ToDoubles();
    }
}
