using System.Runtime.CompilerServices;
#if DEBUG
#endif

namespace Litre.Torch.Tests.Tensors;

public sealed class LifetimeTests
{
    [Fact]
    public void Dispose_Twice_FreesOnce()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var tensor = Tensor.Zeros([10], DType.Float32, Device.Cpu);
        Assert.Equal(before + 40, MemoryLedger.LiveBytes(DeviceType.Cpu));
        tensor.Dispose();
        tensor.Dispose();
        Assert.True(tensor.IsDisposed);
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    [Fact]
    public void Use_AfterDispose_NamesTheTensor()
    {
        foreach (var device in new[] { Device.Cpu, Device.Meta() })
        {
            var tensor = Tensor.Zeros([3, 5], DType.Float32, device);
            tensor.Dispose();
            var uses = new Action[] { () => tensor.Alias(), () => tensor.Slice(0, 0, 1), () => _ = tensor.StorageBytes };
            foreach (var use in uses)
                Assert.Contains("(3, 5) float32", Assert.Throws<ObjectDisposedException>(use).Message);
        }
        var gone = Tensor.Zeros([3, 5], DType.Float32, Device.Cpu);
        gone.Dispose();
        Assert.Contains("(3, 5) float32", Assert.Throws<ObjectDisposedException>(() => Ops.Silu(gone)).Message);
    }

    [Fact]
    public void Views_OutliveTheirSource_AndCountOnce()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var source = Tensor.From<float>([1, 2, 3, 4], [4], Device.Cpu);
        var view = source.Slice(0, 2, 2);
        Assert.Equal(before + 16, MemoryLedger.LiveBytes(DeviceType.Cpu));
        Assert.Equal(8, view.Bytes);
        Assert.Equal(16, view.StorageBytes);
        source.Dispose();
        Assert.Equal([3, 4], view.ToArray<float>());
        Assert.Equal(before + 16, MemoryLedger.LiveBytes(DeviceType.Cpu));
        view.Dispose();
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    [Fact]
    public void Scopes_NestReturnAndKeep_FreeExactlyTheRest()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        Tensor returned,
            kept,
            dropped,
            outer;
        using (var scope = new TensorScope())
        {
            outer = New();
            using (var inner = new TensorScope())
            {
                dropped = New();
                kept = TensorScope.Keep(New());
                returned = inner.Return(New());
                Assert.Same(outer, inner.Return(outer));
            }
            Assert.True(dropped.IsDisposed);
            Assert.False(outer.IsDisposed || kept.IsDisposed || returned.IsDisposed);
            Assert.Same(returned, scope.Return(returned));
        }
        Assert.True(outer.IsDisposed);
        Assert.False(kept.IsDisposed || returned.IsDisposed);
        kept.Dispose();
        returned.Dispose();
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));

        static Tensor New() => Tensor.Zeros([2], DType.Float32, Device.Cpu);
    }

    [Fact]
    public void Scopes_ClosedOutOfOrder_SaySo()
    {
        var outer = new TensorScope();
        var inner = new TensorScope();
        Assert.Contains("reverse order", Assert.Throws<InvalidOperationException>(outer.Dispose).Message);
        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void Ledger_Peak_IsTheMostThatLivedAtOnce()
    {
        foreach (var device in new[] { Device.Cpu, Device.Meta() })
        {
            MemoryLedger.ResetPeak(device.Type);
            var before = MemoryLedger.LiveBytes(device.Type);
            Assert.Equal(before, MemoryLedger.PeakBytes(device.Type));
            using (Tensor.Zeros([100], DType.Float64, device)) { }
            using (Tensor.Zeros([30], DType.Float64, device)) { }
            Assert.Equal(before + 800, MemoryLedger.PeakBytes(device.Type));
            Assert.Equal(before, MemoryLedger.LiveBytes(device.Type));
        }
    }

    [Fact]
    public void DataPointer_OnMeta_IsRefused()
    {
        using var tensor = Tensor.Zeros([3], DType.Float32, Device.Meta());
        Assert.Contains("(3) float32", Assert.Throws<InvalidOperationException>(() => tensor.DataPointer).Message);
    }

    [Fact]
    public void Ledger_MetaOfCudaKernels_RoundsToTheAllocatorsBlocks()
    {
        using var tensor = Tensor.Zeros([3], DType.Float32, Device.Meta(DeviceType.Cuda));
        Assert.Equal(512, tensor.StorageBytes);
        Assert.Equal(12, tensor.Bytes);
    }

#if DEBUG
    [Fact]
    public void Leaks_TensorCollectedAlive_IsReportedWithItsStack()
    {
        Collect();
        TensorLeaks.Take();
        TensorLeaks.RecordStacks = true;
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        Forget();
        TensorLeaks.RecordStacks = false;
        Collect();
        var report = Assert.Single(TensorLeaks.Take());
        Assert.Contains("(7, 3) float32 cpu was never disposed", report);
        Assert.Contains(nameof(Forget), report);
        Assert.Empty(TensorLeaks.Take());
        Assert.Equal(before + 84, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget() => Tensor.Zeros([7, 3], DType.Float32, Device.Cpu);

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
#endif
}
