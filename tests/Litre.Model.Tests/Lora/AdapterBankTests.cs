using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Lora;

/// <summary>Several adapters on one model: each row of a batch is computed as if the model had its adapter alone.</summary>
public sealed class AdapterBankTests : IDisposable
{
    private const int Base = AdapterSelection.NoAdapter;
    private const double Tolerance = 1e-9;

    private readonly TemporaryFolder _folder = new();

    // Ranks, strengths and targets differ, those in the vision tower and in the experts too.
    private static readonly AdapterConfig[] Configs =
    [
        new()
        {
            Rank = 2,
            Alpha = 4,
            TargetModules = ModuleSelection.Matching("all-linear", "target_modules"),
        },
        new()
        {
            Rank = 3,
            Alpha = 5,
            TargetModules = ModuleSelection.Of("q_proj", "v_proj", "up_proj", "qkv", "linear_fc2"),
        },
    ];

    public static TheoryData<int, int[], bool> Models =>
        new()
        {
            { 0, [], false },
            { 0, [], true },
            { 5, [1], false },
            { 5, [], true },
        };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public void Pass_RowsOfSeveralAdaptersInMixedOrder_EqualEachSampleWithItsAdapterAlone(int experts, int[] dense, bool share) =>
        Property.Holds(
            3,
            random =>
            {
                using var scope = new TensorScope();
                var (config, seed) = (TinyModels.Config(experts, dense: dense), random.Next());
                using var model = Open(config, seed, 0, 1);
                using CausalModel first = Open(config, seed, 0),
                    second = Open(config, seed, 1),
                    plain = Open(config, seed);
                var alone = new Dictionary<int, CausalModel>
                {
                    [0] = first,
                    [1] = second,
                    [Base] = plain,
                };
                var samples = Samples(random, config);
                using var batch = Pack(model, samples, share);
                Assert.NotNull(batch.Adapters);
                var logits = model.Logits(batch);
                var (loss, losses) = (model.Loss(batch).Item(), model.TokenLosses(batch).ToDoubles());
                var (sum, at) = (0.0, 0);
                for (var i = 0; i < samples.Length; i++)
                {
                    var reference = alone[samples[i].Adapter!.Value];
                    using var one = Pack(reference, [samples[i] with { Adapter = null }]);
                    using var rows = new TokenRows([.. batch.Tokens.RowsOfSample(i)], Device.Cpu);
                    AssertNear(reference.Logits(one).ToDoubles(), rows.Gather(logits).ToDoubles());
                    var expected = reference.TokenLosses(one).ToDoubles();
                    AssertNear(expected, losses[at..(at += expected.Length)]);
                    sum += expected.Sum();
                }
                Assert.Equal(sum, loss, Tolerance * (1 + Math.Abs(sum)));

                // Gradients of both adapters, those in the tower too.
                var recompute = random.Flip() ? Recompute.All : Recompute.None;
                using var gradients = Train(model);
                model.TrainingPass(batch, 0.1, recompute).Dispose();
                foreach (var slot in (int[])[0, 1])
                {
                    using var expected = Train(alone[slot]);
                    foreach (var sample in samples.Where(s => s.Adapter == slot))
                    {
                        using var one = Pack(alone[slot], [sample with { Adapter = null }]);
                        alone[slot].TrainingPass(one, 0.1, Recompute.None).Dispose();
                    }
                    var (wanted, found) = (alone[slot].Adapters[0], model.Adapters[slot]);
                    Assert.Contains(found.Updates, u => u.Lora.Module.Contains("visual", StringComparison.Ordinal));
                    Assert.Equal(experts > 0, found.Updates.Any(u => u.Weight.Value.Rank == 3));
                    foreach (var (one, other) in wanted.Parameters.Zip(found.Parameters))
                        AssertNear(one.Gradient!.ToDoubles(), other.Gradient!.ToDoubles());
                }
                Free(samples);
            }
        );

    [Fact]
    public void TrainingPass_OneSlotUsed_GivesTheOtherNoGradient()
    {
        var config = TinyModels.Config(5);
        using var model = Open(config, 3, 0, 1);
        using var gradients = Train(model);
        var samples = Samples(new Random(4), config);
        using var batch = Pack(model, [.. samples.Where(s => s.Adapter != 0)]);
        model.TrainingPass(batch, 0.1, Recompute.None).Dispose();
        Assert.All(model.Adapters[0].Parameters, p => Assert.False(p.HasAccumulated));
        Assert.All(model.Adapters[1].Parameters, p => Assert.True(p.HasAccumulated));
        Free(samples);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TrainingPass_RowsOfSeveralAdapters_IsPlannedToTheByte(bool recompute)
    {
        var config = TinyModels.Config();
        var real = Measure(TinyModels.Weights(3), DeviceType.Cpu);
        Assert.Equal(real, Measure(new MetaSource(DType.Float64, DeviceType.Cpu), DeviceType.Meta));

        (long Standing, long Peak) Measure(WeightSource source, DeviceType device)
        {
            var start = MemoryLedger.LiveBytes(device);
            var samples = Samples(new Random(4), config);
            using var model = new CausalModel(config, source);
            Attach(model, 0);
            Attach(model, 1);
            using var gradients = Train(model);
            using var batch = Pack(model, samples);
            Free(samples);
            var standing = MemoryLedger.LiveBytes(device);
            MemoryLedger.ResetPeak(device);
            model.TrainingPass(batch, 0.1, recompute ? Recompute.All : Recompute.None).Dispose();
            Assert.Equal(standing, MemoryLedger.LiveBytes(device));
            return (standing - start, MemoryLedger.PeakBytes(device) - start);
        }
    }

    [Fact]
    public void Detach_OneOfTwo_FreesItsBytesAndLeavesTheOtherAsItWas()
    {
        var config = TinyModels.Config(5, dense: [1]);
        using var model = Open(config, 3);
        var samples = Samples(new Random(4), config);
        using var batch = Pack(model, [samples[1] with { Adapter = null }]);
        var start = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var (first, second) = (Attach(model, 0), Attach(model, 1));
        Assert.Equal([0, 1], model.Adapters.Select(a => a.Slot));
        Assert.Equal(start + first.Bytes + second.Bytes, MemoryLedger.LiveBytes(DeviceType.Cpu));
        var before = Logits(model, batch, AdapterSelection.Of(1));

        model.Adapters.Detach(0);
        Assert.Equal(start + second.Bytes, MemoryLedger.LiveBytes(DeviceType.Cpu));
        Assert.Equal(second, Assert.Single(model.Adapters));
        Assert.Equal(before, Logits(model, batch, AdapterSelection.Of(1)));
        // Slot 0 is what nobody chooses; it is empty.
        Assert.Equal(Logits(model, batch, AdapterSelection.None), Logits(model, batch, null));
        Assert.Throws<ArgumentException>(() => Logits(model, batch, AdapterSelection.Of(0)));

        // The lowest free slot is taken again, here by the other adapter, from a file.
        AdapterFiles.Save(model, second, _folder.Path);
        Assert.Equal(0, AdapterFiles.Load(model, _folder.Path).Slot);
        Assert.Equal(before, Logits(model, batch, null), (a, b) => Math.Abs(a - b) < 1e-5); // the file is in float32
        model.Adapters.Detach(1);
        model.Adapters.Detach(0);
        Assert.Equal(start, MemoryLedger.LiveBytes(DeviceType.Cpu));
        Free(samples);
    }

    [Fact]
    public void Apply_SeveralAdapters_IsRefused()
    {
        using var model = Open(TinyModels.Config(), 3, 0, 1);
        Assert.Throws<InvalidOperationException>(() => LoraMerge.Apply(model));
    }

    [Fact]
    public void Pack_SamplesOfOneAdapter_SelectItForAllRows()
    {
        var config = TinyModels.Config();
        using var model = Open(config, 3, 0, 1);
        var samples = Samples(new Random(4), config);
        using var batch = Pack(model, [.. samples.Where(s => s.Adapter == 1)]);
        Assert.Equal((1, 1), (batch.Adapters!.Tokens.Slot, batch.Adapters.Images.Slot));
        Assert.Contains(
            "select no adapter",
            Assert.Throws<ArgumentException>(() => Pack(model, [samples[0], samples[1] with { Adapter = null }])).Message,
            StringComparison.Ordinal
        );
        using var mixed = Pack(model, samples);
        Assert.Throws<ArgumentException>(() => model.Logits(mixed, adapters: mixed.Adapters!.Tokens));
        Free(samples);
    }

    [Fact]
    public void Find_SamplesOfOtherAdaptersAboutOneImage_ShareNoPrefix()
    {
        var config = TinyModels.Config();
        var samples = TinyModels.Questions(new Random(1), config, "a", 4, new VisionGrid(1, 4, 2));
        ModelSample[] chosen = [.. samples.Select((s, i) => s with { Adapter = i % 2 })];
        Assert.Equal(
            [
                [0, 2],
                [1, 3],
            ],
            PrefixGroup.Find(chosen, config).Select(g => g.Samples)
        );
        samples[0].Pixels!.Dispose();
    }

    private CausalModel Open(ModelConfig config, int seed, params int[] adapters)
    {
        var model = new CausalModel(config, TinyModels.Weights(seed));
        foreach (var adapter in adapters)
            Attach(model, adapter);
        return model;
    }

    // The same factors in whatever slot it gets.
    private static Adapter Attach(CausalModel model, int which)
    {
        var config = Configs[which];
        if (model.ExpertLinears.Any())
            config = config with
            {
                TargetParameters = which == 0 ? ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"] : ["mlp.experts.down_proj"],
            };
        var adapter = LoraAttachment.Attach(model, config);
        LoraAttachment.Initialize(adapter, which);
        var random = new Random(which);
        foreach (var (_, lora) in adapter.Updates.Where(_ => !model.Device.IsMeta))
        {
            using var values = Tensor.From<double>(random.Doubles(lora.B.Value.Count), lora.B.Value.Sizes, Device.Cpu);
            lora.B.Value.CopyFrom(values);
        }
        return adapter;
    }

    // Neighbors of one adapter and rows apart; with images and without; questions about one image, of one adapter and of others.
    private static ModelSample[] Samples(Random random, ModelConfig config)
    {
        var asked = TinyModels.Questions(random, config, "a", 3, new VisionGrid(1, 4, 2));
        return
        [
            TinyModels.Sample(random, config, 2, 3, new VisionGrid(1, 4, 2)) with
            {
                Adapter = 0,
            },
            TinyModels.Sample(random, config, 3, 2, new VisionGrid(2, 2, 4)) with
            {
                Adapter = 1,
            },
            TinyModels.Sample(random, config, 1, 2, new VisionGrid(1, 2, 2)) with
            {
                Adapter = Base,
            },
            TinyModels.Sample(random, config, 4, 1) with
            {
                Adapter = 1,
            },
            TinyModels.Sample(random, config, 2, 2) with
            {
                Adapter = 1,
            },
            .. asked.Select((s, i) => s with { Adapter = i == 1 ? 0 : 1 }),
            TinyModels.Sample(random, config, 3, 2) with
            {
                Adapter = 0,
            },
            TinyModels.Sample(random, config, 2, 4) with
            {
                Adapter = Base,
            },
        ];
    }

    private static PackedBatch Pack(CausalModel model, IReadOnlyList<ModelSample> samples, bool share = false) =>
        PackedBatch.Pack(samples, model.Config, model.DType, model.Device, share);

    private static GradientBuffer Train(CausalModel model)
    {
        TinyModels.Train(model.Adapters.SelectMany(a => a.Parameters));
        return new GradientBuffer(model.AllParameters);
    }

    private static double[] Logits(CausalModel model, PackedBatch batch, AdapterSelection? adapters)
    {
        using var logits = model.Logits(batch, adapters: adapters);
        return logits.ToDoubles();
    }

    private static void AssertNear(double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], Tolerance * (1 + Math.Abs(expected[i])));
    }

    private static void Free(IEnumerable<ModelSample> samples)
    {
        foreach (var sample in samples)
            sample.Pixels?.Dispose();
    }
}
