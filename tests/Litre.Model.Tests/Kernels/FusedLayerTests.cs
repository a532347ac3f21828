using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

/// <summary>A whole decoder layer in bf16, with kernels and without, against the same layer in float64.</summary>
public sealed class FusedLayerTests
{
    private static readonly int[] Lengths = [5, 1, 7];

    public enum Trained
    {
        AttentionAdapters,
        AllAdapters,
        Everything,
    }

    // Widths that are whole vectors, and others.
    public static TheoryData<int, int, Trained> Layers
    {
        get
        {
            var data = new TheoryData<int, int, Trained>();
            foreach (var experts in (int[])[0, 6])
            foreach (var width in (int[])[16, 10])
            foreach (var trained in Enum.GetValues<Trained>())
                data.Add(experts, width, trained);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void TextLayer_WithKernels_IsAsNearToFloat64AsPlainOperators(int experts, int intermediate, Trained trained)
    {
        using var emulator = KernelEmulator.Open();
        using var scope = new TensorScope();
        using var exact = new Layer(DType.Float64, experts, intermediate, trained);
        using var narrow = new Layer(DType.BFloat16, experts, intermediate, trained);
        exact.CopyFrom(narrow);
        var random = new Random(9);
        var tokens = Lengths.Sum();
        var x = Bf16Values.Random(random, tokens, exact.Config.HiddenSize).Tensor;
        var dY = Bf16Values.Random(random, tokens, exact.Config.HiddenSize).Tensor;
        var wanted = exact.Run(x.To(DType.Float64), dY.To(DType.Float64));
        narrow.Pin(exact);
        narrow.Kernels.Options = KernelOptions.Default with { UsesOwn = false };
        var plain = narrow.Run(x, dY);
        Assert.Empty(emulator.Started);
        narrow.Kernels.Options = KernelOptions.Default;
        var found = narrow.Run(x, dY);
        // One tensor's error is chance; a wrong term would be off by tens of times as much, and all together must not be worse.
        var ratios = new List<double>();
        foreach (var (one, other, right) in found.Zip(plain, wanted))
        {
            var (fused, plainError) = (FusedOperation.ErrorOf(one.Value, right.Value), FusedOperation.ErrorOf(other.Value, right.Value));
            Assert.True(fused <= 2 * plainError + 1e-3, $"{one.Name}: off by {fused:0.0e+00}, plain operators by {plainError:0.0e+00}");
            if (plainError > 0)
                ratios.Add(Math.Log(fused / plainError));
        }
        Assert.InRange(Math.Exp(ratios.Average()), 0, 1.5);
        var norms = trained == Trained.Everything;
        string[] expected =
        [
            intermediate % 8 == 0 ? "swiglu_forward_8" : "swiglu_forward_1",
            intermediate % 8 == 0 ? "swiglu_backward_8" : "swiglu_backward_1",
            "heads_forward_1",
            "add_rms_norm_1",
            .. norms ? [] : (string[])["heads_backward_1", "rms_norm_backward_add_1"],
            .. experts > 0 ? (string[])["route", "route_backward", "sort_few", "spread_8", "combine_8"] : [],
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), emulator.Started.Distinct().Order(StringComparer.Ordinal));
    }

    // Every kernel's own check, which a GPU runs before the first use, passes where the kernel is right.
    [Fact]
    public void Check_OfEveryKernel_PassesForTheRightSource()
    {
        using var emulator = KernelEmulator.Open();
        Assert.All(ModelKernels.All, kernel => Assert.InRange(kernel.Check(Device.Cpu), 0, FusedOperation.Tolerance));
    }

    private sealed class Layer : IDisposable
    {
        private readonly TextLayer _layer;
        private readonly GradientBuffer _gradients;
        private readonly SequenceLayout _layout = new(Lengths, Device.Cpu);
        private readonly Rotary _rotary;
        private readonly List<Parameter> _all;
        private Tensor? _chosen;

        public Layer(DType dtype, int experts, int intermediate, Trained trained)
        {
            Config = TinyModels.Config(experts).Text with
            {
                HiddenSize = 24,
                HeadDim = 16,
                IntermediateSize = intermediate,
                MoeIntermediateSize = intermediate,
            };
            var source = TinyModels.Weights(3, dtype);
            Kernels = source.Kernels;
            _layer = TinyModels.Layer(source, Config, 0);
            _all = [.. _layer.Parameters];
            foreach (var part in (trained == Trained.AttentionAdapters ? _layer.Mixer.Linears : _layer.Linears).SelectMany(l => l.Parts))
                Add(TinyModels.Adapt(part, source, new LoraSettings(2, 4, 0.25)));
            foreach (var linear in _layer.ExpertLinears.Where(_ => trained != Trained.AttentionAdapters))
                Add(TinyModels.Adapt(linear, source, new LoraSettings(2, 4, 0)));
            foreach (var parameter in _all)
                parameter.Trainable = trained == Trained.Everything || parameter.Key.Contains("lora", StringComparison.Ordinal);
            _gradients = new GradientBuffer(_all);
            var random = new Random(4);
            _rotary = new Rotary(
                [.. Enumerable.Range(0, Lengths.Sum() * Config.HeadDim / 2).Select(_ => 9 * random.NextSingle())],
                Lengths.Sum(),
                dtype,
                Device.Cpu
            );
        }

        public TextConfig Config { get; }

        public KernelPolicy Kernels { get; }

        public void CopyFrom(Layer other)
        {
            foreach (var (mine, theirs) in _all.Zip(other._all))
                mine.Value.CopyFrom(theirs.Value);
        }

        // Rounding may not change which experts a token takes.
        public void Pin(Layer other)
        {
            if (_layer.FeedForward is ExpertFeedForward experts)
                experts.Router.Pinned = other._chosen;
        }

        public IReadOnlyList<(string Name, Tensor Value)> Run(Tensor x, Tensor dY)
        {
            _gradients.Zero();
            if (_layer.FeedForward is ExpertFeedForward experts)
            {
                _chosen ??= TensorScope.Keep(Tensor.Empty([x.Size(0), Config.ExpertsPerToken], DType.Int64, Device.Cpu));
                experts.Router.Observer = taken => _chosen.CopyFrom(taken);
            }
            var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
            var (y, saved) = _layer.Forward(x, _layout, _rotary, new Pass(true, new DropoutMasks(7, 1)));
            var dX = _layer.Backward(dY, saved!, _rotary)!;
            Assert.Equal(before + y.Bytes + dX.Bytes, MemoryLedger.LiveBytes(DeviceType.Cpu));
            return [("y", y), ("dX", dX), .. _all.Where(p => p.Trainable).Select(p => (p.Key, p.Gradient!.Clone()))];
        }

        public void Dispose()
        {
            _layer.Dispose();
            _gradients.Dispose();
            _layout.Dispose();
            _rotary.Dispose();
            _chosen?.Dispose();
        }

        private LoraPair Add(LoraPair pair)
        {
            _all.AddRange(pair.Parameters);
            return pair;
        }
    }
}
