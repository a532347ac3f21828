using System.Runtime.InteropServices;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model.Tests.Weights;

public sealed class BFloat16Tests
{
    [Fact]
    public void Round_NumbersOfEveryKind_AreThoseOfLibtorch()
    {
        var random = new Random(5);
        var bits = new uint[1003]; // more than whole vectors
        for (var i = 0; i < bits.Length; i++)
            bits[i] = (uint)random.NextInt64(1L << 32) is var b && float.IsNaN(BitConverter.UInt32BitsToSingle(b)) ? 0x3f808000 : b;
        // Ties in both directions, zeros, subnormal numbers, the largest number.
        uint[] special = [0x3f808000, 0x3f818000, 0x3f807fff, 0x3f808001, 0x80000000, 0, 1, 0x00008000, 0x7f7fffff, 0xff7fffff];
        special.CopyTo(bits, 0);
        using var wide = Tensor.From<float>(MemoryMarshal.Cast<uint, float>(bits.AsSpan()), [bits.Length], Device.Cpu);
        using var narrow = wide.To(DType.BFloat16);
        var rounded = new ushort[bits.Length];
        BFloat16.Round(bits, rounded);
        Assert.Equal(narrow.ToArray<ushort>(), rounded);
    }
}
