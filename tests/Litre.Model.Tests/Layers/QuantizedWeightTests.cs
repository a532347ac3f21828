using Litre.Model.Families;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

/// <summary>A model whose matrices lie in memory otherwise than they are computed with is the dense model of their values.</summary>
public sealed class QuantizedWeightTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, DType.Float64)]
    [InlineData(5, DType.Float64)]
    [InlineData(0, DType.Float32)]
    [InlineData(5, DType.Float32)]
    public void Pass_MatricesInInt8_EqualsTheDenseModelOfTheirValues(int experts, DType dtype)
    {
        var config = TinyModels.Config(experts, dense: experts > 0 ? [1] : null);
        using CausalModel quantized = new(config, new QuantizedSource(TinyModels.Weights(3, dtype))),
            dense = new(config, TinyModels.Weights(3, dtype));
        CopyValues(quantized, dense);
        foreach (var model in new[] { quantized, dense })
            TinyModels.Train(TinyModels.Adapt(model, TinyModels.Weights(4, dtype), new LoraSettings(2, 4, 0.2)).Parameters);
        var random = new Random(5);
        ModelSample[] samples =
        [
            TinyModels.Sample(random, config, 3, 4),
            TinyModels.Sample(random, config, 2, 3, new VisionGrid(1, 4, 2), new VisionGrid(2, 2, 4)),
        ];
        foreach (var recompute in new[] { Recompute.None, Recompute.All })
        {
            var (expected, found) = (Run(dense), Run(quantized));
            Assert.Equal(expected.Count, found.Count);
            foreach (var (one, other) in expected.Zip(found))
                Assert.Equal(one, other);

            // Logits, the loss, and the gradient of every factor: dX goes through all matrices.
            List<double[]> Run(CausalModel model)
            {
                using var scope = new TensorScope();
                using var batch = PackedBatch.Pack(samples, config, dtype, Device.Cpu);
                using var gradients = new GradientBuffer(model.AllParameters);
                var loss = model.TrainingPass(batch, 0.1, recompute, new DropoutMasks(3, 1));
                Assert.All(gradients.Parameters, p => Assert.True(p.HasAccumulated));
                return [model.Logits(batch).ToDoubles(), loss.ToDoubles(), .. gradients.Parameters.Select(p => p.Gradient!.ToDoubles())];
            }
        }
        samples[1].Pixels!.Dispose();
    }

    [Fact]
    public void WeightBytes_MatricesInInt8_AreWhatTheyTakeOnTheCpuAndInAPlan()
    {
        var config = TinyModels.Config(5);
        var (bytes, live) = Measure(new QuantizedSource(TinyModels.Weights(3, DType.Float32)), DeviceType.Cpu);
        Assert.Equal(live, bytes);
        Assert.Equal((bytes, live), Measure(new QuantizedSource(new MetaSource(DType.Float32, DeviceType.Cpu)), DeviceType.Meta));
        Assert.True(bytes < Measure(TinyModels.Weights(3, DType.Float32), DeviceType.Cpu).Bytes / 2);

        (long Bytes, long Live) Measure(WeightSource source, DeviceType device)
        {
            var before = MemoryLedger.LiveBytes(device);
            using var model = new CausalModel(config, source);
            Assert.Equal(DType.Float32, model.DType);
            return (model.WeightBytes, MemoryLedger.LiveBytes(device) - before);
        }
    }

    [Fact]
    public void Trainable_MatrixInInt8_IsRefusedByItsKey()
    {
        using var model = new CausalModel(TinyModels.Config(5), new QuantizedSource(TinyModels.Weights(3)));
        var weight = model.LinearParts.First().Weight;
        var expected = $"{weight.Key} is not stored in float64";
        Assert.Contains(
            expected,
            Assert.Throws<InvalidOperationException>(() => weight.Trainable = true).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(expected, Assert.Throws<InvalidOperationException>(() => weight.Value).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => model.ExpertLinears.First().Weight.Trainable = true);
        weight.Trainable = false;
        model.Text.Norm.Weight.Trainable = true;
        Assert.True(model.Text.Norm.Weight.Trainable);

        TinyModels.Adapt(model, TinyModels.Weights(4), new LoraSettings(2, 4));
        Assert.Throws<InvalidOperationException>(() => LoraMerge.Apply(model));
    }

    [Fact]
    public void Save_MatricesInInt8_WritesTheirValues()
    {
        var reference = Repository.Reference("moe", "model");
        using var quantized = new CausalModel(
            ModelConfigs.Load(reference),
            new QuantizedSource(new RandomSource(DType.Float32, Device.Cpu, 3))
        );
        ModelFiles.Save(quantized, _folder.Path, reference);
        using var loaded = ModelFiles.Load(_folder.Path, DType.Float32, Device.Cpu);
        using var scope = new TensorScope();
        foreach (var (expected, found) in quantized.Parameters.Zip(loaded.Parameters))
        {
            Assert.Equal(expected.Key, found.Key);
            Assert.Equal(
                expected.Dequantize().ToDoubles(),
                found.Value.ToDoubles(),
                (a, b) => Math.Abs(a - b) <= Math.Abs(a) / 128 // the file may be in bf16
            );
        }
    }

    [Fact]
    public void ForwardGelu_MatrixInInt8_IsGeluOfTheForward()
    {
        using var linear = new Linear(new QuantizedSource(TinyModels.Weights(3)), "fc1", 5, 4, bias: true);
        using var scope = new TensorScope();
        var x = Tensor.From<double>(new Random(1).Doubles(12), [3, 4], Device.Cpu);
        Assert.Equal(Ops.Gelu(linear.Forward(x, Pass.Inference).Y, tanh: true).ToDoubles(), linear.ForwardGelu(x).ToDoubles());
    }

    private static void CopyValues(CausalModel from, CausalModel to)
    {
        foreach (var (source, target) in from.Parameters.Zip(to.Parameters))
        {
            Assert.Equal(source.Key, target.Key);
            using var values = source.Dequantize();
            target.Value.CopyFrom(values);
        }
    }
}
