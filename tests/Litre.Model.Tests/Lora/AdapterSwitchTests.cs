using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Lora;

public sealed class AdapterSwitchTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void AdaptersEnabled_Off_GivesTheBaseModelBitForBit(int experts)
    {
        var config = TinyModels.Config(experts);
        using var model = new CausalModel(config, TinyModels.Weights(3, DType.Float32));
        var sample = TinyModels.Sample(new Random(1), config, 4, 3, new VisionGrid(1, 4, 2));
        using var batch = PackedBatch.Pack([sample], config, model.DType, model.Device);
        var plain = Logits(model, batch);
        TinyModels.Adapt(model, TinyModels.Weights(4, DType.Float32), new LoraSettings(2, 4, 0));
        Assert.True(model.AdaptersEnabled);
        var adapted = Logits(model, batch);

        model.AdaptersEnabled = false;
        Assert.False(model.AdaptersEnabled);
        Assert.NotEqual(plain, adapted);
        Assert.Equal(plain, Logits(model, batch));
        Assert.Throws<InvalidOperationException>(() => model.TrainingPass(batch, 1, Recompute.None));

        model.AdaptersEnabled = true;
        Assert.Equal(adapted, Logits(model, batch));
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

    private static double[] Logits(CausalModel model, PackedBatch batch)
    {
        using var logits = model.Logits(batch);
        return logits.ToDoubles();
    }
}
