using Litre.Model.Configuration;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests;

/// <summary>What is packed ahead on another thread is what packing makes by itself.</summary>
public sealed class PackedTokensTests : IDisposable
{
    private readonly ModelConfig _config = TinyModels.Config();
    private readonly ModelSample[] _samples;

    public PackedTokensTests()
    {
        var random = new Random(3);
        _samples =
        [
            TinyModels.Sample(random, _config, 3, 4),
            TinyModels.Sample(random, _config, 2, 3, new VisionGrid(1, 4, 2), new VisionGrid(2, 2, 4)),
            TinyModels.Sample(random, _config, 5, 1) with
            {
                Labels = null,
            },
        ];
    }

    public void Dispose()
    {
        foreach (var sample in _samples)
            sample.ReleaseImages();
    }

    [Fact]
    public async Task New_OnAnotherThread_PacksTheSameBatchAndTouchesNoTensor()
    {
        var live = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var calls = 0L;
        var tokens = await Task.Run(
            () =>
            {
                var before = Ops.Calls;
                var made = new PackedTokens(_samples, _config, share: false);
                calls = Ops.Calls - before;
                return made;
            },
            TestContext.Current.CancellationToken
        );
        Assert.Equal((live, 0), (MemoryLedger.LiveBytes(DeviceType.Cpu), calls));
        using var ahead = PackedBatch.Pack(_samples, _config, DType.Float32, Device.Cpu, tokens: tokens);
        using var plain = PackedBatch.Pack(_samples, _config, DType.Float32, Device.Cpu);
        Assert.Equal(plain.AnswerTokens, ahead.AnswerTokens);
        Assert.Equal(plain.Text.Layout.CuSeqlens.ToArray<int>(), ahead.Text.Layout.CuSeqlens.ToArray<int>());
        foreach (
            var part in (Func<PackedBatch, Tensor>[])
                [b => b.Text.Ids, b => b.Text.VisualRows!.Tensor, b => b.Answers!.Rows.Tensor, b => b.Answers!.Targets]
        )
            Assert.Equal(part(plain).ToArray<long>(), part(ahead).ToArray<long>());
        using var x = Tensor.Full([plain.Text.Ids.Size(0), 1, _config.Text.HeadDim], 1, DType.Float32, Device.Cpu);
        using var expected = plain.Text.Rotary.Forward(x);
        using var found = ahead.Text.Rotary.Forward(x);
        Assert.Equal(expected.ToDoubles(), found.ToDoubles());
    }

    [Fact]
    public void Pack_TokensOfOtherSamples_AreRefused()
    {
        var tokens = new PackedTokens(_samples[..2], _config, share: false);
        Assert.Contains(
            "packed for other samples",
            Assert.Throws<ArgumentException>(() => PackedBatch.Pack(_samples, _config, DType.Float32, Device.Cpu, tokens: tokens)).Message
        );
    }
}
