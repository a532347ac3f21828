using Litre.Torch.Loading;

namespace Litre.Torch.Tests.Cuda;

public sealed class CudaGraphTests
{
    [Fact]
    public void TryOpen_NoCudaDevice_GivesNoStream()
    {
        Assert.Null(CudaGraphs.TryOpen(Device.Cpu));
        Assert.Null(CudaGraphs.TryOpen(Device.Meta(DeviceType.Cuda)));
    }

    [Fact]
    public void Synchronise_WhileRecording_IsRefused()
    {
        CudaGraphs.Recording = true;
        try
        {
            Assert.Equal(
                "waiting for the device, which a recorded step cannot do",
                Assert.Throws<InvalidOperationException>(() => Device.Cuda().Synchronize()).Message
            );
        }
        finally
        {
            CudaGraphs.Recording = false;
        }
    }

    [Fact]
    public void Launch_InputsChanged_ComputesWithTheNewOnes()
    {
        SkipWithoutCuda();
        using var scope = new TensorScope();
        var x = Tensor.From<float>([1, 2, 3], [3], Device.Cuda());
        var y = Tensor.Zeros([3], DType.Float32, Device.Cuda());
        using var stream = CudaGraphs.TryOpen(Device.Cuda())!;
        using (stream.Enter())
            Work();
        using var recorded = Record(stream, Work);
        foreach (var value in (float[])[5, -7])
        {
            x.Fill(value); // on the default stream, which is waited for
            using (stream.Enter())
                recorded.Launch();
            Assert.Equal([3 * value, 3 * value, 3 * value], y.ToArray<float>());
        }

        // With something made and freed on the way.
        void Work()
        {
            using var inner = new TensorScope();
            y.CopyFrom(Ops.Add(Ops.Mul(x, 2), x));
        }
    }

    // The allocator keeps what was freed on a stream for that stream, without which a graph would need its memory held.
    [Fact]
    public void Launch_OthersAllocateMeanwhile_NeitherOverwritesTheOther()
    {
        SkipWithoutCuda();
        const int Count = 1 << 18;
        using var scope = new TensorScope();
        var x = Tensor.Full([Count], 1, DType.Float32, Device.Cuda());
        var y = Tensor.Zeros([Count], DType.Float32, Device.Cuda());
        using var stream = CudaGraphs.TryOpen(Device.Cuda())!;
        using (stream.Enter())
            Work();
        using var recorded = Record(stream, Work);
        var others = Enumerable.Range(0, 32).Select(_ => Tensor.Full([Count], -1, DType.Float32, Device.Cuda())).ToList();
        using (stream.Enter())
            recorded.Launch();
        Assert.Equal(Count * 7.0, Ops.Sum(y, 0).Item());
        Assert.All(others, other => Assert.Equal(-Count, Ops.Sum(other, 0).Item()));

        void Work()
        {
            using var inner = new TensorScope();
            var sum = Ops.Add(x, x);
            for (var i = 0; i < 5; i++)
                sum = Ops.Add(sum, x);
            y.CopyFrom(sum);
        }
    }

    [Fact]
    public void Record_WorkThatWaitsForTheHost_GivesNothingAndLeavesTheDeviceUsable()
    {
        SkipWithoutCuda();
        using var scope = new TensorScope();
        var x = Tensor.From<float>([1, 2], [2], Device.Cuda());
        using var stream = CudaGraphs.TryOpen(Device.Cuda())!;
        try
        {
            using (stream.Enter())
                Assert.Null(stream.Record(() => Ops.Mul(x, 2).ToArray<float>()));
            Assert.Null(CudaGraphs.TryOpen(Device.Cuda()));
            Assert.Equal([2f, 4f], Ops.Mul(x, 2).ToArray<float>());
        }
        finally
        {
            CudaGraphs.Forgive();
        }
    }

    private static IStepGraph Record(IStepStream stream, Action work)
    {
        using (stream.Enter())
            return stream.Record(work) ?? throw new InvalidOperationException("nothing was recorded");
    }

    private static void SkipWithoutCuda() =>
        Assert.SkipWhen(CudaDriver.DeviceCount == 0 || !Libtorch.Load().HasCuda, "no GPU with a libtorch for CUDA is here");
}
