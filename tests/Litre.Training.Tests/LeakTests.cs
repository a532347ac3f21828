using Litre.Inference;
using Litre.Inference.Sampling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Training.Tests;

public sealed class LeakTests
{
    public static TheoryData<int, TinyTraining.Trained, bool> Variants
    {
        get
        {
            var data = new TheoryData<int, TinyTraining.Trained, bool>();
            foreach (var experts in new[] { 0, 5 })
            foreach (var trained in Enum.GetValues<TinyTraining.Trained>())
            foreach (var recompute in new[] { false, true })
                data.Add(experts, trained, recompute);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Step_AnyVariant_LeavesNoByte(int experts, TinyTraining.Trained trained, bool recompute)
    {
        foreach (var dtype in new[] { DType.Float32, DType.BFloat16 })
        {
            Collect();
            TensorLeaks.Take();
            var start = MemoryLedger.LiveBytes(DeviceType.Cpu);
            using (var training = new TinyTraining(TinyModels.Weights(3, dtype), experts, trained))
            {
                var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
                for (var i = 0; i < 3; i++)
                {
                    training.Step(recompute ? Recompute.All : Recompute.None);
                    Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
                }
            }
            Assert.Equal(start, MemoryLedger.LiveBytes(DeviceType.Cpu));
            Collect();
            Assert.Empty(TensorLeaks.Take());
        }
    }

    [Theory]
    [InlineData(0, TinyTraining.Trained.Everything, DType.Float32)]
    [InlineData(5, TinyTraining.Trained.AllAdapters, DType.BFloat16)]
    public void Step_TwoHundredTimes_NoMemoryGrows(int experts, TinyTraining.Trained trained, DType dtype)
    {
        using var training = new TinyTraining(TinyModels.Weights(3, dtype), experts, trained);
        for (var i = 0; i < 20; i++)
            training.Step(Recompute.None);
        var (tensors, managed) = (MemoryLedger.LiveBytes(DeviceType.Cpu), Managed());
        MemoryLedger.ResetPeak(DeviceType.Cpu);
        training.Step(Recompute.None);
        var peak = MemoryLedger.PeakBytes(DeviceType.Cpu);
        for (var i = 0; i < 200; i++)
            training.Step(Recompute.None);
        Assert.Equal(tensors, MemoryLedger.LiveBytes(DeviceType.Cpu));
        Assert.Equal(peak, MemoryLedger.PeakBytes(DeviceType.Cpu));
        // Less than a byte an operator: nothing that a step makes is held on to.
        Assert.InRange(Managed() - managed, long.MinValue, 200 * 500);

        static long Managed()
        {
            Collect();
            return GC.GetTotalMemory(forceFullCollection: true);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Generate_WithImages_LeavesNoByte(int experts)
    {
        Collect();
        TensorLeaks.Take();
        var start = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using (var model = new CausalModel(TinyModels.Config(experts), TinyModels.Weights(3, DType.Float32)))
        {
            var random = new Random(4);
            ModelSample[] prompts =
            [
                TinyModels.Sample(random, model.Config, 3, 0),
                TinyModels.Sample(random, model.Config, 2, 0, new VisionGrid(1, 4, 4)),
            ];
            var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
            new Generator(model).Generate(
                prompts,
                new GenerationSettings { MaxNewTokens = 6 },
                cancel: TestContext.Current.CancellationToken
            );
            new Generator(model).Generate(
                prompts,
                new GenerationSettings
                {
                    MaxNewTokens = 6,
                    Temperature = 1,
                    TopK = 5,
                },
                cancel: TestContext.Current.CancellationToken
            );
            Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
            prompts[1].Pixels!.Dispose();
        }
        Assert.Equal(start, MemoryLedger.LiveBytes(DeviceType.Cpu));
        Collect();
        Assert.Empty(TensorLeaks.Take());
    }

    [Fact]
    public void Step_Meta_LeavesNoByte()
    {
        var start = MemoryLedger.LiveBytes(DeviceType.Meta);
        using (
            var training = new TinyTraining(
                new Model.Weights.MetaSource(DType.BFloat16, DeviceType.Cuda),
                5,
                TinyTraining.Trained.Everything
            )
        )
        {
            var before = MemoryLedger.LiveBytes(DeviceType.Meta);
            training.Step(Recompute.None);
            training.Step(Recompute.All);
            Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Meta));
        }
        Assert.Equal(start, MemoryLedger.LiveBytes(DeviceType.Meta));
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
