using Litre.Inference.Sampling;
using Litre.Inference.Scheduling;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Model.Objectives;
using Litre.Model.Text;
using Litre.Model.Vision;
using Litre.Torch;
using Litre.Torch.Loading;
using Shared;

namespace Litre.Inference.Tests;

/// <summary>Several adapters in one batch on a GPU in bf16, against each sample with its adapter alone, within the type's noise.</summary>
public sealed class CudaAdapterTests
{
    private const int Base = AdapterSelection.NoAdapter;

    // Products of other row counts run by other kernels, whose sums round apart in 8 bits; the adapters move the logits far more.
    private const double Noise = 0.03;

    private static readonly int[] Slots = [0, 1, Base, 1, 1, 0, Base];

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    public void Logits_RowsOfSeveralAdapters_EqualEachSampleWithItsAdapterAlone(string reference)
    {
        using var model = Open(reference);
        using var scope = new TensorScope();
        var samples = Samples(model);
        using var batch = PackedBatch.Pack(samples, model.Config, model.DType, model.Device);
        var choices = new List<Tensor>();
        foreach (var router in Routers(model))
            router.Observer = chosen => choices.Add(TensorScope.Keep(chosen.Clone()));
        var logits = model.Logits(batch);
        foreach (var router in Routers(model))
            router.Observer = null;
        for (var i = 0; i < samples.Length; i++)
        {
            using var one = PackedBatch.Pack([samples[i] with { Adapter = null }], model.Config, model.DType, model.Device);
            using var rows = new TokenRows([.. batch.Tokens.RowsOfSample(i)], model.Device);
            // A near tie between experts may fall the other way, which is no error.
            foreach (var (router, chosen) in Routers(model).Zip(choices))
                router.Pinned = rows.Gather(chosen);
            var found = rows.Gather(logits).ToDoubles();
            foreach (var slot in (int[])[0, 1, Base])
            {
                var expected = model.Logits(one, adapters: AdapterSelection.Of(slot)).ToDoubles();
                var distance = Distance(found, expected);
                Assert.True((distance < Noise) == (slot == samples[i].Adapter), $"sample {i} is {distance} off slot {slot}");
            }
            foreach (var router in Routers(model))
                router.Pinned = null;
        }
        choices.ForEach(c => c.Dispose());
        Free(samples);
    }

    [Fact]
    public void TrainingPass_RowsOfSeveralAdapters_GivesTheGradientsOfEachAlone()
    {
        using var model = Open("dense");
        TinyModels.Train(model.Adapters.SelectMany(a => a.Parameters));
        using var gradients = new GradientBuffer(model.AllParameters);
        var samples = Samples(model);
        using (var batch = PackedBatch.Pack(samples, model.Config, model.DType, model.Device))
            model.TrainingPass(batch, 0.05, Recompute.None).Dispose();
        var found = gradients.Parameters.Select(p => p.Gradient!.ToDoubles()).ToList();
        gradients.Zero();
        foreach (var sample in samples)
        {
            using var one = PackedBatch.Pack([sample], model.Config, model.DType, model.Device);
            model.TrainingPass(one, 0.05, Recompute.None).Dispose();
        }
        for (var i = 0; i < found.Count; i++)
        {
            var expected = gradients.Parameters[i].Gradient!.ToDoubles();
            Assert.True(expected.Any(v => v != 0), gradients.Parameters[i].Key);
            Assert.InRange(Distance(found[i], expected), 0, 2 * Noise);
        }
        Free(samples);
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    public void Generate_PromptsOfSeveralAdapters_RecordedAndPlainStepsAgree(string reference)
    {
        using var model = Open(reference);
        Assert.SkipUnless(
            Slots.All(s => model.Text.StaysOnDevice(AdapterSelection.Of(s))),
            "this GPU has no grouped product, which waits for the host"
        );
        ModelSample[] prompts = [.. Samples(model).Select(s => s with { Labels = null })];
        var settings = new GenerationSettings { MaxNewTokens = 40 };
        var cancel = TestContext.Current.CancellationToken;
        var plain = new Generator(model) { Replay = ReplaySettings.Never }.Generate(prompts, settings, cancel: cancel);
        var before = CudaGraphs.Recorded;
        Assert.Equal(plain, new Generator(model).Generate(prompts, settings, cancel: cancel));
        Assert.Equal(before + 1, CudaGraphs.Recorded);
        Free(prompts);
    }

    private static CausalModel Open(string reference)
    {
        Assert.SkipWhen(CudaDriver.DeviceCount == 0 || !Libtorch.Load().HasCuda, "no GPU with a libtorch for CUDA is here");
        var model = ModelFiles.Load(Repository.Reference(reference, "model"), DType.BFloat16, Device.Cuda());
        Attach(model, 8, ModuleSelection.Matching("all-linear", "target_modules"));
        Attach(model, 16, ModuleSelection.Of("q_proj", "v_proj", "up_proj", "qkv", "linear_fc2"));
        return model;
    }

    private static void Attach(CausalModel model, int rank, ModuleSelection targets)
    {
        var adapter = LoraAttachment.Attach(
            model,
            new AdapterConfig
            {
                Rank = rank,
                Alpha = 2 * rank,
                TargetModules = targets,
                TargetParameters = model.ExpertLinears.Any() ? ["mlp.experts.down_proj"] : [],
            }
        );
        LoraAttachment.Initialize(adapter, rank);
        var random = new Random(rank);
        foreach (var (_, lora) in adapter.Updates)
        {
            using var values = Tensor.From<double>(random.Doubles(lora.B.Value.Count), lora.B.Value.Sizes, Device.Cpu);
            using var scaled = Ops.Mul(values, 0.1);
            lora.B.Value.CopyFrom(scaled);
        }
    }

    private static ModelSample[] Samples(CausalModel model)
    {
        var random = new Random(1);
        return
        [
            .. Slots.Select(
                (slot, i) =>
                    TinyModels.Sample(random, model.Config, 3 + i, 4, i is 0 or 1 or 2 ? [new VisionGrid(1, 4, 4)] : []) with
                    {
                        Adapter = slot,
                    }
            ),
        ];
    }

    private static double Distance(double[] found, double[] expected) =>
        Math.Sqrt(found.Zip(expected, (a, b) => (a - b) * (a - b)).Sum()) / Math.Sqrt(expected.Sum(v => v * v));

    private static IEnumerable<Router> Routers(CausalModel model) =>
        model.Text.Layers.Select(l => l.FeedForward).OfType<ExpertFeedForward>().Select(f => f.Router);

    private static void Free(IEnumerable<ModelSample> samples)
    {
        foreach (var sample in samples)
            sample.Pixels?.Dispose();
    }
}
