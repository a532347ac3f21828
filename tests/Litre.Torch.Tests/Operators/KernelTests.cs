using Shared;

namespace Litre.Torch.Tests.Operators;

/// <summary>Kernels that only CUDA takes in earnest but the CPU has too, and those that change many tensors at once.</summary>
public sealed class KernelTests
{
    [Fact]
    public void FusedRmsNorm_RandomShapes_EqualsItsDefinitionAndDifferences() =>
        Property.Holds(
            20,
            random =>
            {
                using var scope = new TensorScope();
                var operands = new Operands(random, DType.Float32);
                var (rows, width) = (operands.Size(), operands.Size(2));
                var (x, mx, vx) = operands.Next(rows, width);
                var (weight, mWeight, vWeight) = operands.Next(width);
                var (y, rstd) = Ops.FusedRmsNorm(x, weight, 0.1);
                var (my, mRstd) = Ops.FusedRmsNorm(mx, mWeight, 0.1);
                operands.Equal(vx.Rows(r => [.. r.Select((v, i) => v * Reciprocal(r) * vWeight.Values[i])]), y, my);
                operands.Equal(vx.Rows(r => [Reciprocal(r)]), rstd, mRstd);
                var (plain, _) = Ops.FusedRmsNorm(x, null, 0.1);
                operands.Equal(vx.Rows(r => [.. r.Select(v => v * Reciprocal(r))]), plain, my);

                static double Reciprocal(double[] r) => 1 / Math.Sqrt(r.Average(v => v * v) + 0.1);
            }
        );

    [Fact]
    public void CopyAllInPlace_OtherTypes_ConvertsEach()
    {
        using var scope = new TensorScope();
        Tensor[] targets = [Tensor.Zeros([2], DType.BFloat16, Device.Cpu), Tensor.Zeros([1, 2], DType.BFloat16, Device.Cpu)];
        Ops.CopyAllInPlace(targets, [Tensor.From<float>([1, 2], Device.Cpu), Tensor.From<float>([3, 4.001f], [1, 2], Device.Cpu)]);
        Assert.Equal([1, 2, 3, 4], targets.SelectMany(t => t.ToDoubles()).ToArray());
        Assert.Throws<ArgumentException>(() => Ops.CopyAllInPlace(targets, targets.AsSpan(0, 1)));
        Assert.Throws<ArgumentException>(() => Ops.CopyAllInPlace(targets, [targets[1], targets[0]]));
    }

    [Theory]
    [InlineData(DeviceType.Cpu)]
    [InlineData(DeviceType.Cuda)]
    public void CopyAllInPlace_SomeBlocksOfLargerTensors_CopiesThoseInACallOfTheirOwn(DeviceType kernels)
    {
        using var scope = new TensorScope();
        var device = kernels == DeviceType.Cpu ? Device.Cpu : Device.Meta(kernels);
        var whole = Tensor.Zeros([3, 4], DType.BFloat16, device);
        Tensor[] targets =
        [
            Tensor.Zeros([2], DType.BFloat16, device),
            whole.Slice(0, 1, 2).Slice(1, 1, 2),
            Tensor.Zeros([2, 2], DType.BFloat16, device),
        ];
        var square = Tensor.From<float>([3, 4, 5, 6], [2, 2], device);
        var calls = Ops.Calls;
        Ops.CopyAllInPlace(targets, [Tensor.From<float>([1, 2], device), square, square.Transposed()]);
        Assert.Equal(2, Ops.Calls - calls);
        if (device.IsMeta)
            return;
        Assert.Equal([1, 2], targets[0].ToDoubles());
        Assert.Equal([0, 0, 0, 0, 0, 3, 4, 0, 0, 5, 6, 0], whole.ToDoubles());
        Assert.Equal([3, 5, 4, 6], targets[2].ToDoubles());
    }

    [Fact]
    public void AdamWInPlace_ValueThatIsNotDense_IsRefused()
    {
        using var scope = new TensorScope();
        var block = Tensor.Zeros([2, 3], DType.Float32, Device.Cpu).Slice(1, 0, 2);
        var dense = Tensor.Zeros([2, 2], DType.Float32, Device.Cpu);
        var step = Tensor.Scalar(1, DType.Float32, Device.Cpu);
        var error = Assert.Throws<ArgumentException>(() =>
            Ops.AdamWInPlace([block], [dense], [dense], [dense], [step], 1e-3, 0.9, 0.99, 0, 1e-8, null)
        );
        Assert.Contains("not dense", error.Message);
    }

    [Fact]
    public void NormalInPlace_ManyElements_HasTheMeanAndDeviationAsked()
    {
        using var x = Tensor.Zeros([20000], DType.Float64, Device.Cpu);
        Ops.NormalInPlace(x, 3, 0.5);
        var values = x.ToDoubles();
        var mean = values.Average();
        // Six deviations of the mean and of the deviation of that many.
        Assert.Equal(3, mean, 6 * 0.5 / Math.Sqrt(20000));
        Assert.Equal(0.5, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), 6 * 0.5 / Math.Sqrt(40000));
    }

    [Fact]
    public void GroupedShapes_Meta_FollowTheirDefinition()
    {
        using var scope = new TensorScope();
        var meta = Device.Meta(DeviceType.Cuda);
        var offsets = Tensor.Zeros([4], DType.Int32, meta);
        var rows = Tensor.Zeros([10, 8], DType.BFloat16, meta);
        Assert.Equal([10, 16], Ops.GroupedMatMul(rows, Tensor.Zeros([4, 8, 16], DType.BFloat16, meta), offsets).Sizes.ToArray());
        Assert.Equal(
            [4, 8, 16],
            Ops.GroupedOuter(rows.Transposed(), Tensor.Zeros([10, 16], DType.BFloat16, meta), offsets).Sizes.ToArray()
        );
        Assert.Contains(
            "(10, 8)",
            Assert.Throws<ArgumentException>(() => Ops.GroupedMatMul(rows, Tensor.Zeros([4, 16, 8], DType.BFloat16, meta), offsets)).Message
        );
    }
}
