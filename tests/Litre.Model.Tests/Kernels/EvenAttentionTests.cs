using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Torch.Loading;
using Shared;

namespace Litre.Model.Tests.Kernels;

/// <summary>Training across the change from flash attention to cuDNN, which needs a GPU.</summary>
public sealed class EvenAttentionTests
{
    private const int Steps = 6;
    private const int ChangedAt = 3; // the first step, from 0, that begins with more than two steps' work

    [Fact]
    public void TrainingPass_AcrossTheChange_IsTheSameRecomputedOrNot()
    {
        Assert.SkipWhen(CudaDriver.DeviceCount == 0 || !Libtorch.Load().HasCuda, "no GPU with a libtorch for CUDA is here");
        var (kept, recomputed) = (Run(Recompute.None, []), Run(Recompute.All, []));
        Assert.Equal(kept.Losses, recomputed.Losses);
        Assert.Equal(kept.Work, recomputed.Work);
        for (var step = 0; step < Steps; step++)
            Assert.InRange(FusedOperation.ErrorOf(recomputed.Gradients[step], kept.Gradients[step]), 0, FusedOperation.Tolerance);
        // The kernels round differently, so that the change is seen; and there is one.
        Assert.Single(kept.Losses[..ChangedAt].Distinct());
        Assert.Single(kept.Losses[ChangedAt..].Distinct());
        Assert.NotEqual(kept.Losses[0], kept.Losses[^1]);
    }

    [Fact]
    public void TrainingPass_Resumed_ChangesAtTheStepOfTheWholeRun()
    {
        Assert.SkipWhen(CudaDriver.DeviceCount == 0 || !Libtorch.Load().HasCuda, "no GPU with a libtorch for CUDA is here");
        var whole = Run(Recompute.None, []);
        var first = Run(Recompute.All, [], steps: 2);
        var rest = Run(Recompute.None, first.Work, steps: Steps - 2);
        Assert.Equal(whole.Losses, (double[])[.. first.Losses, .. rest.Losses]);
    }

    private static (double[] Losses, List<Tensor> Gradients, IReadOnlyList<AttentionCount> Work) Run(
        Recompute recompute,
        IReadOnlyList<AttentionCount> before,
        int steps = Steps
    )
    {
        var tiny = TinyModels.Config();
        var config = tiny with
        {
            Text = tiny.Text with { HiddenSize = 128, HeadDim = 64, IntermediateSize = 64, MropeSection = [12, 10, 10] },
            Vision = tiny.Vision! with { OutHiddenSize = 128 },
        };
        var random = new Random(1);
        ModelSample[] samples = [.. Enumerable.Range(0, 4).Select(_ => TinyModels.Sample(random, config, 40, 24))];
        var length = samples[0].Ids.Length;
        var forward = new AttentionShape(samples.Length, length, config.Text.Heads, config.Text.HeadDim, Causal: true).Operations;
        var work = new AttentionWork(2.5 * config.Text.Layers * forward);
        work.Restore(before);
        var source = new RandomSource(DType.BFloat16, Device.Cuda(), 3, 0.1)
        {
            Kernels = new KernelPolicy(KernelOptions.Default) { Attention = work },
        };
        using var model = new CausalModel(config, source);
        TinyModels.Train(model.Text.Layers.SelectMany(layer => layer.Parameters));
        using var gradients = new GradientBuffer(model.AllParameters);
        var losses = new double[steps];
        List<Tensor> found = [];
        for (var step = 0; step < steps; step++)
        {
            using var scope = new TensorScope();
            using var batch = PackedBatch.Pack(samples, config, model.DType, model.Device);
            gradients.Zero();
            work.BeginStep();
            losses[step] = model.TrainingPass(batch, 1.0 / batch.AnswerTokens, recompute).Item();
            found.Add(TensorScope.Keep(gradients.Flat.To(Device.Cpu).Clone()));
        }
        return (losses, found, work.Counts);
    }
}
