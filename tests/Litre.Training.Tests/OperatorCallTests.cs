using Litre.Model.Layers;
using Litre.Model.Weights;
using Litre.Torch;
using Shared;

namespace Litre.Training.Tests;

/// <summary>
/// How many operators one training step calls, so that it does not creep up: on a GPU each costs microseconds whatever the
/// model's size. Fewer is better: lower a number here with the change that makes it lower.
/// </summary>
public sealed class OperatorCallTests(ITestOutputHelper output)
{
    // The model of TinyModels.Config. Adapters that drop out inputs need masks, which take most of their operators.
    [Theory]
    [InlineData(0, TinyTraining.Trained.RunAdapters, DeviceType.Cpu, 484)]
    [InlineData(5, TinyTraining.Trained.RunAdapters, DeviceType.Cpu, 697)]
    [InlineData(0, TinyTraining.Trained.RunAdapters, DeviceType.Cuda, 314)]
    [InlineData(5, TinyTraining.Trained.RunAdapters, DeviceType.Cuda, 356)]
    [InlineData(0, TinyTraining.Trained.TextAdapters, DeviceType.Cpu, 1950)]
    [InlineData(0, TinyTraining.Trained.Everything, DeviceType.Cpu, 683)]
    [InlineData(5, TinyTraining.Trained.TextAdapters, DeviceType.Cpu, 2016)]
    [InlineData(5, TinyTraining.Trained.Everything, DeviceType.Cpu, 800)]
    [InlineData(0, TinyTraining.Trained.TextAdapters, DeviceType.Cuda, 1796)]
    [InlineData(0, TinyTraining.Trained.Everything, DeviceType.Cuda, 502)]
    [InlineData(5, TinyTraining.Trained.TextAdapters, DeviceType.Cuda, 1684)]
    [InlineData(5, TinyTraining.Trained.Everything, DeviceType.Cuda, 526)]
    public void Step_EveryKind_CallsAtMostSoManyOperators(int experts, TinyTraining.Trained trained, DeviceType kernels, int most)
    {
        var source =
            kernels == DeviceType.Cpu ? TinyModels.Weights(3, DType.Float32) : (WeightSource)new MetaSource(DType.BFloat16, kernels);
        using var training = new TinyTraining(source, experts, trained);
        training.Step(Recompute.None);
        var before = Ops.Calls;
        training.Step(Recompute.None);
        var calls = Ops.Calls - before;
        output.WriteLine($"{experts} experts, {trained}, {kernels}: {calls}");
        Assert.True(calls <= most, $"{calls} operators, at most {most} were called before");
    }
}
