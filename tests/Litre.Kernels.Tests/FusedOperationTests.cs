using Litre.Core;
using Litre.Torch;

namespace Litre.Kernels.Tests;

public sealed class FusedOperationTests
{
    [Theory]
    [InlineData(DType.BFloat16, true, true)]
    [InlineData(DType.BFloat16, false, false)]
    [InlineData(DType.Float32, true, false)]
    public void Takes_MetaDevice_AsCudaWouldWithoutRunningTheCheck(DType dtype, bool cuda, bool taken)
    {
        var operation = new FusedOperation("test", _ => throw new InvalidOperationException("a meta device has nothing to check"));
        using var x = Tensor.Empty([2, 3], dtype, Device.Meta(cuda ? DeviceType.Cuda : DeviceType.Cpu));
        Assert.Equal(taken, operation.Supports(x, new KernelPolicy()));
        using var host = Tensor.Empty([2, 3], dtype, Device.Cpu);
        Assert.False(operation.Supports(host, new KernelPolicy()));
        using var turned = x.Transposed();
        Assert.False(operation.Supports(turned, new KernelPolicy()));
        Assert.False(operation.Supports(x, new KernelPolicy(KernelOptions.Default with { UsesOwn = false })));
    }

    [Fact]
    public void Refusal_CheckThatAgrees_IsNoneAndRunsOnce()
    {
        var runs = 0;
        var operation = new FusedOperation(
            "test",
            _ =>
            {
                runs++;
                return FusedOperation.Tolerance;
            }
        );
        var calls = Ops.Calls;
        Assert.Null(operation.Refusal(Device.Cpu));
        Assert.Null(operation.Refusal(Device.Cpu));
        Assert.Equal((1, calls), (runs, Ops.Calls));
    }

    // A plan that is made after the check counts what will run.
    [Fact]
    public void Takes_MetaDeviceAfterARefusal_IsFalse()
    {
        var operation = new FusedOperation("refused", _ => 1);
        using var x = Tensor.Empty([2, 3], DType.BFloat16, Device.Meta(DeviceType.Cuda));
        Assert.True(operation.Supports(x, new KernelPolicy()));
        Said(() => operation.Refusal(Device.Cpu), out _);
        Assert.False(operation.Supports(x, new KernelPolicy()));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Refusal_CheckThatIsOff_NamesKernelAndError(double error)
    {
        var refusal = Said(() => new FusedOperation($"test {error}", _ => error).Refusal(Device.Cpu), out var said);
        Assert.Contains($"test {error} is off by", refusal);
        Assert.Equal($"litre: plain operators run instead of Litre's own kernels, which is slower but correct: {refusal}\n", said);
    }

    // Several kernels may meet the same lack; one line is enough.
    [Fact]
    public void Refusal_NoCompiler_IsSaidOnceForAll()
    {
        var reason = $"no NVRTC {Guid.NewGuid()}";
        Said(
            () =>
            {
                foreach (var name in (string[])["one", "two"])
                    Assert.Equal(reason, new FusedOperation(name, _ => throw new KernelException(reason)).Refusal(Device.Cpu));
                return "";
            },
            out var said
        );
        Assert.Equal(1, said.Split(reason).Length - 1);
    }

    [Fact]
    public void ErrorOf_NanOrOtherShape_IsInfinite()
    {
        using var scope = new TensorScope();
        var (x, y, nan) = (
            Tensor.From<float>([3, 4], Device.Cpu),
            Tensor.From<float>([3, 4.5f], Device.Cpu),
            Tensor.From<float>([3, float.NaN], Device.Cpu)
        );
        Assert.Equal(0.1, FusedOperation.ErrorOf(y, x), 1e-12);
        Assert.Equal(0, FusedOperation.ErrorOf(x, x));
        Assert.Equal(double.PositiveInfinity, FusedOperation.ErrorOf(nan, x));
        Assert.Equal(double.PositiveInfinity, FusedOperation.ErrorOf(x, x.View(1, 2)));
        var zero = Tensor.Zeros([2], DType.Float32, Device.Cpu);
        Assert.Equal(0, FusedOperation.ErrorOf(zero, zero));
        Assert.Equal(double.PositiveInfinity, FusedOperation.ErrorOf(x, zero));
    }

    private static string? Said(Func<string?> work, out string said)
    {
        var before = Notices.Sink;
        using var writer = new StringWriter();
        Notices.Sink = writer.WriteLine;
        try
        {
            return work();
        }
        finally
        {
            Notices.Sink = before;
            said = writer.ToString();
        }
    }
}
