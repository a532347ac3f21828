using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;
using Litre.Torch.Loading;
using Shared;

namespace Litre.Inference.Tests;

/// <summary>What only a GPU can show: that a recorded step gives the logits and tokens of the same step without a recording.</summary>
public sealed class CudaReplayTests
{
    private const int Tokens = 40;

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    public void Generate_OnCuda_RecordedAndPlainStepsAgree(string reference)
    {
        using var model = Open(reference);
        var random = new Random(1);
        ModelSample[] prompts =
        [
            .. Enumerable
                .Range(0, 5)
                .Select(i =>
                    TinyModels.Sample(random, model.Config, 3 + i, 0, i == 1 ? [new VisionGrid(1, 4, 4)] : []) with
                    {
                        Labels = null,
                    }
                ),
        ];
        foreach (var (batch, temperature) in ((int, double)[])[(1, 0), (5, 0), (5, 1)])
        {
            var settings = new GenerationSettings
            {
                MaxNewTokens = Tokens,
                Temperature = temperature,
                Seed = 2,
            };
            var plain = Run(model, prompts[..batch], settings, ReplaySettings.Never);
            var before = CudaGraphs.Recorded;
            Assert.Equal(plain, Run(model, prompts[..batch], settings, new ReplaySettings()));
            Assert.Equal(before + 1, CudaGraphs.Recorded);
        }
        foreach (var prompt in prompts)
            prompt.Pixels?.Dispose();
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    public void Next_OnCuda_RecordedAndPlainLogitsAgree(string reference)
    {
        using var model = Open(reference);
        var plain = Logits(model, ReplaySettings.Never);
        var recorded = Logits(model, new ReplaySettings());
        Assert.Equal(plain.Count, recorded.Count);
        // The same kernels in the same order.
        foreach (var (one, other) in plain.Zip(recorded))
            Assert.Equal(one, other);
        // And each step sees its own token: a graph that read the first one's would repeat itself.
        Assert.NotEqual(recorded[^1], recorded[^2]);
    }

    private static List<float[]> Logits(CausalModel model, ReplaySettings replay)
    {
        const int Sequences = 3;
        using var states = model.Text.CreateStates(Sequences, Tokens + 1);
        using var decoder = new DecodeSteps(model, states, Tokens, replay);
        return
        [
            .. Enumerable
                .Range(0, Tokens)
                .Select(step =>
                    decoder.Next(
                        [
                            .. Enumerable
                                .Range(0, Sequences)
                                .Select(s => new DecodeRow(s, 3 + (5 * step + s) % 50, step, AdapterSelection.NoAdapter)),
                        ],
                        Tokens - step,
                        Tokens + 1,
                        true,
                        batch => batch.Logits!.ToArray<float>()
                    )
                ),
        ];
    }

    private static IReadOnlyList<int[]> Run(CausalModel model, ModelSample[] prompts, GenerationSettings settings, ReplaySettings replay) =>
        new Generator(model) { Replay = replay }.Generate(prompts, settings, cancel: TestContext.Current.CancellationToken);

    private static CausalModel Open(string reference)
    {
        Assert.SkipWhen(CudaDriver.DeviceCount == 0 || !Libtorch.Load().HasCuda, "no GPU with a libtorch for CUDA is here");
        var model = ModelFiles.Load(Repository.Reference(reference, "model"), DType.BFloat16, Device.Cuda());
        if (model.Text.StaysOnDevice(AdapterSelection.First))
            return model;
        model.Dispose();
        Assert.Skip("this GPU has no grouped product, which waits for the host");
        return model;
    }
}
