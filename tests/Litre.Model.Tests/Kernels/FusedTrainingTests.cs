using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

/// <summary>Fifty steps in bf16 with the kernels' source and with plain operators, side by side and beside float32.</summary>
public sealed class FusedTrainingTests(ITestOutputHelper output)
{
    private const int Steps = 50;

    // Adapters everywhere in the text model, images through the tower in every step.
    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void TrainingPass_FiftySteps_FollowPlainOperators(int experts)
    {
        using var emulator = KernelEmulator.Open();
        var fused = Losses(experts, DType.BFloat16);
        Assert.Contains("swiglu_forward_8", emulator.Started);
        Assert.Contains("add_layer_norm_1", emulator.Started);
        Assert.Equal(experts > 0, emulator.Started.Contains("spread_8"));
        emulator.Started.Clear();
        var plain = Losses(experts, DType.BFloat16, KernelOptions.Default with { UsesOwn = false });
        Assert.Empty(emulator.Started);
        var exact = Losses(experts, DType.Float32);
        for (var i = 0; i < Steps; i += i == 0 ? 4 : 5)
            output.WriteLine($"step {i + 1, 2}: {exact[i]:F4} float32, {plain[i]:F4} plain, {fused[i]:F4} with kernels");
        var (noise, apart) = (Apart(plain, exact), Apart(fused, exact));
        output.WriteLine($"from float32 on average {noise:F4} plain, {apart:F4} with kernels; from one another {Apart(plain, fused):F4}");
        Assert.True(plain[^1] < 0.6 * plain[0], $"nothing is learned: {plain[0]} to {plain[^1]}");
        // A wrong operator is off from the first step; rounding in other places is as far from float32 as bf16 is anyway.
        Assert.Equal(plain[0], fused[0], 0.01 * plain[0]);
        Assert.True(apart <= 2 * noise + 0.005 * plain[0], $"{apart} from float32, plain operators {noise}");
    }

    private static double Apart(double[] losses, double[] others) => losses.Zip(others, (a, b) => Math.Abs(a - b)).Average();

    private static double[] Losses(int experts, DType dtype, KernelOptions? kernels = null)
    {
        using var scope = new TensorScope();
        var tiny = TinyModels.Config(experts);
        var config = tiny with
        {
            Text = tiny.Text with
            {
                HiddenSize = 24,
                HeadDim = 16,
                IntermediateSize = 16,
                MoeIntermediateSize = 16,
                MropeSection = [4, 2, 2],
            },
            Vision = tiny.Vision! with { OutHiddenSize = 24 },
        };
        var source = TinyModels.Weights(3, dtype, kernels: kernels);
        using var model = new CausalModel(config, source);
        TinyModels.Adapt(model, source, new LoraSettings(4, 8));
        var trained = model
            .Adapters[0]
            .Updates.Where(u => !u.Lora.Module.Contains("visual", StringComparison.Ordinal))
            .SelectMany(u => u.Lora.Parameters)
            .ToList();
        TinyModels.Train(trained);
        var random = new Random(7);
        ModelSample[] samples =
        [
            TinyModels.Sample(random, config, 4, 6),
            TinyModels.Sample(random, config, 3, 6, new VisionGrid(1, 4, 2)),
            TinyModels.Sample(random, config, 2, 5, new VisionGrid(1, 4, 4)),
        ];
        using var gradients = new GradientBuffer(model.AllParameters);
        Tensor[] masters = [.. trained.Select(p => p.Value.To(DType.Float32).Clone())];
        Tensor[] slopes = [.. trained.Select(p => p.Gradient!)];
        Tensor[] means = [.. masters.Select(m => Tensor.Zeros(m.Sizes, m.DType, m.Device))];
        Tensor[] variances = [.. masters.Select(m => Tensor.Zeros(m.Sizes, m.DType, m.Device))];
        var losses = new double[Steps];
        for (var i = 0; i < Steps; i++)
        {
            using var step = new TensorScope();
            using var batch = PackedBatch.Pack(samples, config, model.DType, model.Device);
            gradients.Zero();
            losses[i] = model.TrainingPass(batch, 1.0 / batch.AnswerTokens, Recompute.None).Item() / batch.AnswerTokens;
            var count = Tensor.Scalar(i + 1, DType.Float32, Device.Cpu);
            Ops.AdamWInPlace(masters, slopes, means, variances, [.. masters.Select(_ => count)], 4e-3, 0.9, 0.999, 0, 1e-8, null);
            foreach (var (parameter, master) in trained.Zip(masters))
                parameter.Value.CopyFrom(master);
        }
        foreach (var sample in samples)
            sample.Pixels?.Dispose();
        return losses;
    }
}
