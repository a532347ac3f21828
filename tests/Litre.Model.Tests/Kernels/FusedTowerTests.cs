using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

/// <summary>A whole vision tower in bf16, with kernels and without, against the same tower in float64.</summary>
public sealed class FusedTowerTests
{
    private static readonly VisionGrid[] Grids = [new(1, 2, 4), new(2, 4, 2)];

    // Block 1 of 4 has a deepstack merger, so that additions are left to a norm and done by themselves.
    private static VisionConfig Config(int width, int heads = 2) =>
        TinyModels.Config().Vision! with
        {
            Depth = 4,
            HiddenSize = width,
            Heads = heads,
            DeepstackVisualIndexes = [1],
        };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void VisionTower_WithKernels_IsAsNearToFloat64AsPlainOperators(bool adapters)
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        using var exact = new Tower(DType.Float64, Config(16), adapters);
        using var narrow = new Tower(DType.BFloat16, Config(16), adapters);
        exact.CopyFrom(narrow);
        var wanted = exact.Run(recompute: false);
        narrow.Kernels.Options = KernelOptions.Default with { UsesOwn = false };
        var plain = narrow.Run(recompute: false);
        Assert.Empty(emulator.Started);
        narrow.Kernels.Options = KernelOptions.Default;
        var found = narrow.Run(recompute: false);
        var ratios = new List<double>();
        foreach (var (one, other, right) in found.Zip(plain, wanted))
        {
            var (fused, plainError) = (FusedOperation.ErrorOf(one.Value, right.Value), FusedOperation.ErrorOf(other.Value, right.Value));
            Assert.True(fused <= 2 * plainError + 1e-3, $"{one.Name}: off by {fused:0.0e+00}, plain operators by {plainError:0.0e+00}");
            if (plainError > 0)
                ratios.Add(Math.Log(fused / plainError));
        }
        Assert.InRange(Math.Exp(ratios.Average()), 0, 1.5);
        // Both norms of every block.
        Assert.Equal(2 * 4, emulator.Started.Count(name => name == "add_layer_norm_1"));
    }

    [Fact]
    public void VisionTower_Recomputed_HasTheSameBits()
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        using var tower = new Tower(DType.BFloat16, Config(16), adapters: true);
        var kept = tower.Run(recompute: false);
        Assert.Equal(2 * 4, emulator.Started.Count(name => name == "add_layer_norm_1"));
        var again = tower.Run(recompute: true);
        Assert.Equal(6 * 4, emulator.Started.Count(name => name == "add_layer_norm_1"));
        Assert.All(
            kept.Zip(again),
            pair => Assert.True(pair.First.Value.ToDoubles().SequenceEqual(pair.Second.Value.ToDoubles()), pair.First.Name)
        );
    }

    [Fact]
    public void VisionTower_WidthOfNoWholeVectors_TakesPlainOperators()
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        using var tower = new Tower(DType.BFloat16, Config(12, heads: 1), adapters: true);
        var found = tower.Run(recompute: false);
        Assert.DoesNotContain(emulator.Started, name => name.StartsWith("add_layer_norm", StringComparison.Ordinal));
        Assert.All(found, result => Assert.All(result.Value.ToDoubles(), v => Assert.True(double.IsFinite(v))));
    }

    // Gelu within the product leaves nothing for a backward, and other bits than a forward that is run again.
    [Theory]
    [InlineData(false, false, true, 2)]
    [InlineData(false, true, true, 3)]
    [InlineData(true, false, true, 3)]
    [InlineData(false, false, false, 3)]
    public void GeluMlp_OnMetaOfCuda_FusesOnlyWhatNoBackwardFollows(bool save, bool repeated, bool tanh, int operators)
    {
        using var scope = new TensorScope();
        var device = Device.Meta(DeviceType.Cuda);
        using var mlp = new GeluMlp(new MetaSource(DType.BFloat16, DeviceType.Cuda), "first", "second", 16, 32, 16, tanh);
        var x = Tensor.Empty([5, 16], DType.BFloat16, device);
        var before = Ops.Calls;
        var (y, saved) = mlp.Forward(x, new Pass(save, null, repeated));
        using var kept = saved;
        Assert.Equal([5, 16], y.Sizes.ToArray());
        Assert.Equal(operators, Ops.Calls - before);
    }

    [Fact]
    public void GeluMlp_WithAnAdapter_TakesPlainOperators()
    {
        using var scope = new TensorScope();
        var source = new MetaSource(DType.BFloat16, DeviceType.Cuda);
        using var mlp = new GeluMlp(source, "first", "second", 16, 32, 16, tanh: true);
        var part = mlp.First.Parts[0];
        TinyModels.Adapt(part, source, new LoraSettings(2, 4, 0));
        var before = Ops.Calls;
        mlp.Forward(Tensor.Empty([5, 16], DType.BFloat16, Device.Meta(DeviceType.Cuda)), Pass.Inference);
        Assert.Equal(5, Ops.Calls - before);
    }

    private sealed class Tower : IDisposable
    {
        private readonly VisionTower _tower;
        private readonly VisionInput _input;
        private readonly GradientBuffer _gradients;
        private readonly List<Parameter> _all;

        public Tower(DType dtype, VisionConfig config, bool adapters)
        {
            var source = TinyModels.Weights(3, dtype);
            Kernels = source.Kernels;
            _tower = new VisionTower(source, config, TinyModels.VisionKeys(config));
            _all = [.. _tower.Parameters];
            foreach (var part in _tower.Linears.SelectMany(l => l.Parts).Where(_ => adapters))
                _all.AddRange(TinyModels.Adapt(part, source, new LoraSettings(2, 4, 0.25)).Parameters);
            foreach (var parameter in _all)
                parameter.Trainable = !adapters || parameter.Key.Contains("lora", StringComparison.Ordinal);
            _gradients = new GradientBuffer(_all);
            var patches = Grids.Sum(g => g.Patches);
            using var pixels = Bf16Values.Random(new Random(5), patches, config.PatchValues).Tensor;
            _input = new VisionInput([pixels], Grids, config, dtype, Device.Cpu);
        }

        public KernelPolicy Kernels { get; }

        public void CopyFrom(Tower other)
        {
            foreach (var (mine, theirs) in _all.Zip(other._all))
                mine.Value.CopyFrom(theirs.Value);
        }

        // What comes out and every gradient, with nothing left behind.
        public IReadOnlyList<(string Name, Tensor Value)> Run(bool recompute)
        {
            _gradients.Zero();
            var random = new Random(6);
            var pass = new Pass(true, new DropoutMasks(7, 1));
            var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
            var (output, saved) = _tower.Forward(_input, pass, recompute);
            Tensor[] results = [output.Merged, .. output.Deepstack];
            using (new TensorScope())
            {
                Tensor[] slopes = [.. results.Select(y => Bf16Values.Random(random, y.Sizes).Tensor.To(y.DType))];
                _tower.Backward(new VisionOutput(slopes[0], slopes[1..]), saved!, pass);
            }
            Assert.Equal(before + results.Sum(y => y.Bytes), MemoryLedger.LiveBytes(DeviceType.Cpu));
            return [.. results.Select((y, i) => ($"y{i}", y)), .. _all.Where(p => p.Trainable).Select(p => (p.Key, p.Gradient!.Clone()))];
        }

        public void Dispose()
        {
            _tower.Dispose();
            _input.Dispose();
            _gradients.Dispose();
        }
    }
}
