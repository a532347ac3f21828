using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Shared;

namespace Litre.Model.Tests;

public sealed class TextOnlyModelTests
{
    private static readonly ModelConfig Config = TinyModels.TextOnly();

    [Fact]
    public void TrainingPass_NoVisionEncoder_EqualsTheTextOfAModelWithOne()
    {
        using var text = new CausalModel(Config, TinyModels.Weights(3));
        using var both = new CausalModel(TinyModels.Config(), TinyModels.Weights(3));
        Assert.Null(text.VisionTower);
        Assert.Equal(both.Text.Parameters.Select(p => p.Key), text.Parameters.Select(p => p.Key));
        foreach (var (mine, theirs) in text.Parameters.Zip(both.Text.Parameters))
            mine.Value.CopyFrom(theirs.Value);
        Assert.All(text.Linears.SelectMany(l => l.Parts), p => Assert.DoesNotContain("visual", p.Module));
        var sample = TinyModels.Sample(new Random(1), TinyModels.Config(), 3, 4);
        var (loss, gradient) = Run(text);
        var (expectedLoss, expectedGradient) = Run(both);
        Assert.Equal(expectedLoss, loss);
        Assert.Equal(expectedGradient, gradient);

        (double Loss, double[] Gradient) Run(CausalModel model)
        {
            TinyModels.Train(model.Text.Parameters);
            using var gradients = new GradientBuffer(model.Text.Parameters);
            using var batch = PackedBatch.Pack([sample], model.Config, model.DType, model.Device);
            using var sum = model.TrainingPass(batch, 0.1, Recompute.None);
            return (sum.Item(), gradients.Flat.ToDoubles());
        }
    }

    [Fact]
    public void Pack_ImagesAndNoVisionEncoder_IsRefused()
    {
        var sample = TinyModels.Sample(new Random(1), TinyModels.Config(), 3, 4, new VisionGrid(1, 4, 4));
        foreach (var one in (ModelSample[])[sample, sample with { Pixels = null }])
        {
            var error = Assert.Throws<InputException>(() => PackedBatch.Pack([one], Config, Torch.DType.Float32, Torch.Device.Cpu));
            Assert.Equal(("model", Config.ModelType), (error.Setting, error.Value));
            Assert.Contains("text-only model", error.Reason);
        }
        sample.Pixels!.Dispose();
    }
}
