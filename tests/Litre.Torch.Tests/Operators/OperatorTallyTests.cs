namespace Litre.Torch.Tests.Operators;

public sealed class OperatorTallyTests
{
    [Fact]
    public void Tally_ProductAndSum_CountArithmeticAndTraffic()
    {
        var tally = Tallied(() =>
        {
            var a = Tensor.Empty([8, 16], DType.BFloat16, Device.Meta());
            var b = Tensor.Empty([16, 32], DType.BFloat16, Device.Meta());
            var product = Ops.MatMul(a, b);
            Ops.Add(product, product);
        });
        Assert.Equal(2, tally.Operators);
        Assert.Equal(2 * 8 * 16 * 32, tally.Flops);
        Assert.Equal(2 * (8 * 16 + 16 * 32 + 8 * 32) + 2 * 3 * 8 * 32, tally.Bytes);
    }

    [Fact]
    public void Tally_Operator_TakesTheSlowerOfArithmeticAndMemory()
    {
        void Product()
        {
            var a = Tensor.Empty([10, 10], DType.Float32, Device.Meta());
            Ops.MatMul(a, a);
        }
        Assert.Equal(2000 / 5.0, Tallied(Product, new OperatorTally(1, 5, 1, 1e9)).ArithmeticSeconds);
        var bound = Tallied(Product, new OperatorTally(1, 1e9, 1, 3));
        Assert.Equal((0, 1200 / 3.0), (bound.ArithmeticSeconds, bound.TrafficSeconds));
    }

    [Fact]
    public void Tally_WhatIsBroadcast_IsReadOnce()
    {
        var tally = Tallied(() =>
            Ops.Add(Tensor.Empty([100, 4], DType.Float32, Device.Meta()), Tensor.Empty([1, 4], DType.Float32, Device.Meta()).Expand(100, 4))
        );
        Assert.Equal(4 * (400 + 400 + 4), tally.Bytes);
    }

    [Fact]
    public void Tally_VarlenBackward_NotesItsWorkspace()
    {
        var tally = Tallied(() =>
        {
            var device = Device.Meta(DeviceType.Cuda);
            var q = Tensor.Empty([256, 8, 64], DType.BFloat16, device);
            var k = Tensor.Empty([256, 2, 64], DType.BFloat16, device);
            var cu = Tensor.Empty([3], DType.Int32, device);
            var (y, lse, seed, offset) = Ops.FlashAttentionVarlen(q, k, k, cu, cu, 128, 128, true, 1);
            Ops.FlashAttentionVarlenBackward(q, q, k, k, y, lse, cu, cu, 128, 128, true, seed, offset, 1);
        });
        // dQ and its row sums in float32 with 128 rows to spare a sequence; dK and dV of every query head.
        Assert.Equal((256 + 2 * 128) * 8 * 65 * 4 + 2 * 256 * 8 * 64 * 2, tally.WorkspaceBytes);
        // Two products of each query with the half of 128 keys that it may see, and two and a half times that backward.
        Assert.Equal(3.5 * 4 * 256 * 8 * 64 * 128 / 2, tally.Flops);
    }

    private static OperatorTally Tallied(Action work, OperatorTally? tally = null)
    {
        using var scope = new TensorScope();
        Ops.Tally = tally ?? new OperatorTally();
        try
        {
            work();
            return Ops.Tally;
        }
        finally
        {
            Ops.Tally = null;
        }
    }
}
