using Litre.Core;
using Shared;

namespace Litre.Torch.Tests.Tensors;

public sealed class ValueTests
{
    [Fact]
    public void BFloat16_RoundTrip_RoundsToNearestEven() =>
        Property.Holds(
            50,
            random =>
            {
                using var scope = new TensorScope();
                var values = random.Doubles(64).Select(v => (float)(v * Math.Pow(2, random.Between(-20, 20)))).ToArray();
                var narrow = Tensor.From<float>(values, [64], Device.Cpu).To(DType.BFloat16);
                var expected = values.Select(Nearest).ToArray();
                Assert.Equal(expected, narrow.ToArray<ushort>());
                Assert.Equal(expected.Select(b => (double)BitConverter.UInt32BitsToSingle((uint)b << 16)), narrow.ToDoubles());
                var again = Tensor.From<ushort>(narrow.ToArray<ushort>(), [64], Device.Cpu);
                Assert.Equal(DType.BFloat16, again.DType);
                Assert.Equal(narrow.ToDoubles(), again.To(DType.Float32).ToDoubles());
            }
        );

    [Fact]
    public void From_EveryElementType_ReadsBack()
    {
        Check<float>([1.5f, -2], DType.Float32);
        Check<double>([1.5, -2], DType.Float64);
        Check<long>([long.MaxValue, -2], DType.Int64);
        Check<int>([int.MinValue, 2], DType.Int32);
        Check<short>([-300, 2], DType.Int16);
        Check<sbyte>([-3, 2], DType.Int8);
        Check<byte>([255, 2], DType.UInt8);
        Check<bool>([true, false], DType.Bool);
        Check<Half>([(Half)1.5, (Half)(-2)], DType.Float16);

        static void Check<T>(T[] values, DType dtype)
            where T : unmanaged
        {
            using var tensor = Tensor.From(values, Device.Cpu);
            Assert.Equal(dtype, tensor.DType);
            Assert.Equal(values, tensor.ToArray<T>());
        }
    }

    [Fact]
    public void ToArray_AsAnotherType_SaysBoth()
    {
        using var tensor = Tensor.Zeros([2], DType.Float32, Device.Cpu);
        var message = Assert.Throws<InvalidOperationException>(() => tensor.ToArray<int>()).Message;
        Assert.Contains("(2) float32", message);
        Assert.Contains("int32", message);
        Assert.Contains("2 elements", Assert.Throws<InvalidOperationException>(() => tensor.Item()).Message);
        using var meta = Tensor.Zeros([1], DType.Float32, Device.Meta());
        Assert.Contains("no data", Assert.Throws<InvalidOperationException>(() => meta.ToArray<float>()).Message);
        Assert.Throws<InvalidOperationException>(() => meta.ToDoubles());
        using var strided = tensor.View(2, 1).Expand(2, 2);
        Assert.Throws<InvalidOperationException>(() => strided.Data<float>().Length);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cuda:0")]
    [InlineData("cuda:3")]
    [InlineData("meta")]
    [InlineData("meta:cuda")]
    public void DeviceParse_OwnText_ReadsBack(string text)
    {
        Assert.Equal(text, Device.Parse(text).ToString());
        Assert.Equal(Device.Parse(text), Device.Parse(Device.Parse(text).ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:1x")]
    [InlineData("CPU")]
    public void DeviceParse_Unknown_SaysWhatIsExpected(string text)
    {
        var message = Assert.Throws<InputException>(() => Device.Parse(text)).Message;
        Assert.Contains(SettingName.Quote("device", text), message);
        Assert.Contains("expected cpu, cuda", message);
    }

    private static ushort Nearest(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}
