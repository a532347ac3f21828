namespace Litre.Torch.Tests.Tensors;

public sealed class MemoryTraceTests
{
    [Fact]
    public void AtPeak_SeveralTensors_AreThoseThatStoodTogether()
    {
        foreach (var device in (Device[])[Device.Cpu, Device.Meta()])
        {
            using var trace = new MemoryTrace([device.Type]);
            using var standing = Tensor.Zeros([10], DType.Float64, device);
            trace.Restart();
            using (Tensor.Zeros([100], DType.Float64, device)) { }
            using (Tensor.Zeros([30], DType.Float64, device)) { }
            Assert.Equal(80, trace.LiveBytes);
            Assert.Equal(880, trace.PeakBytes);
            Assert.Equal([80L, 800L], trace.AtPeak().Select(b => b.Bytes).Order());
        }
    }

    [Fact]
    public void Label_Nested_IsThatOfTheInnermost()
    {
        using var trace = new MemoryTrace([DeviceType.Meta]);
        using var scope = new TensorScope();
        using (MemoryLedger.Label(MemoryUse.Weights))
        {
            Tensor.Zeros([1], DType.Float64, Device.Meta());
            using (MemoryLedger.Label(MemoryUse.Caches))
                Tensor.Zeros([2], DType.Float64, Device.Meta());
            Tensor.Zeros([3], DType.Float64, Device.Meta());
        }
        Tensor.Zeros([4], DType.Float64, Device.Meta());
        Assert.Equal(
            [MemoryUse.Weights, MemoryUse.Caches, MemoryUse.Weights, MemoryUse.Working],
            trace.AtPeak().OrderBy(b => b.Bytes).Select(b => b.Use)
        );
    }

    [Fact]
    public void Keep_WorkingTensorOrItsView_IsSaved()
    {
        using var trace = new MemoryTrace([DeviceType.Meta]);
        Tensor kept;
        using (new TensorScope())
        {
            Tensor.Zeros([1], DType.Float64, Device.Meta());
            kept = TensorScope.Keep(Tensor.Zeros([2], DType.Float64, Device.Meta()).Alias());
        }
        Assert.Equal([MemoryUse.Working, MemoryUse.Saved], trace.AtPeak().OrderBy(b => b.Bytes).Select(b => b.Use));
        kept.Dispose();
        Assert.Equal(0, trace.LiveBytes);
    }

    [Fact]
    public void IsActive_Off_FollowsOnlyWhatIsFreed()
    {
        using var trace = new MemoryTrace([DeviceType.Meta]);
        var followed = Tensor.Zeros([4], DType.Float64, Device.Meta());
        trace.IsActive = false;
        using var other = Tensor.Zeros([8], DType.Float64, Device.Meta());
        Assert.Equal(32, trace.LiveBytes);
        followed.Dispose();
        Assert.Equal(0, trace.LiveBytes);
    }

    [Fact]
    public void Host_OfEveryDevice_IsWhereItsImagesLie()
    {
        Assert.Equal(Device.Cpu, Device.Cuda(1).Host);
        Assert.Equal(Device.Meta(), Device.Meta().Host);
        var host = Device.Meta(DeviceType.Cuda).Host;
        Assert.True(host is { IsMeta: true, UsesCuda: false });
        using var trace = new MemoryTrace([DeviceType.Meta]);
        using var pixels = Tensor.Zeros([100], DType.UInt8, host);
        Assert.Equal(0, trace.LiveBytes);
        using var onDevice = pixels.To(Device.Meta(DeviceType.Cuda));
        Assert.Equal(512, trace.LiveBytes);
    }
}
