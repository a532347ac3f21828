namespace Litre.Torch.Tests.Operators;

public sealed class OperatorProfileTests
{
    [Fact]
    public void Profile_LabelledCalls_AreCountedByOperatorAndPart()
    {
        using var scope = new TensorScope();
        using var profile = new OperatorProfile(Device.Cpu);
        var a = Tensor.Full([8, 16], 1, DType.Float32, Device.Cpu);
        var b = Tensor.Full([16, 32], 1, DType.Float32, Device.Cpu);
        Tensor product;
        using (OperatorProfile.Label(ModelPart.Attention))
        {
            using (OperatorProfile.Label(ModelPart.Head))
                Ops.Add(b, b);
            product = Ops.MatMul(a, b);
            Ops.MatMul(a, b);
        }
        Ops.Add(product, product);

        var rows = profile.Operators.Where(o => o.Name != "fill_").ToDictionary(o => (o.Name, o.Part));
        Assert.Equal(
            [("add", ModelPart.Other), ("add", ModelPart.Head), ("mm", ModelPart.Attention)],
            rows.Keys.OrderBy(k => k.Name).ThenBy(k => k.Part)
        );
        var mm = rows[("mm", ModelPart.Attention)];
        Assert.Equal((2, 2 * 2 * 8 * 16 * 32, 2 * 4 * (8 * 16 + 16 * 32 + 8 * 32)), (mm.Calls, mm.Flops, mm.Bytes));
        Assert.Equal(
            (1, 0.0, 4 * 3 * 8 * 32),
            (rows[("add", ModelPart.Other)].Calls, rows[("add", ModelPart.Other)].Flops, rows[("add", ModelPart.Other)].Bytes)
        );
        Assert.All(profile.Operators, o => Assert.InRange(o.Seconds, 1e-9, 10));
    }

    [Fact]
    public void Profile_EveryKindOfCall_CountsTheBytesThatTheTallyCounts()
    {
        var tally = new OperatorTally();
        Ops.Tally = tally;
        try
        {
            Work(Device.Meta());
        }
        finally
        {
            Ops.Tally = null;
        }
        using var profile = new OperatorProfile(Device.Cpu);
        Work(Device.Cpu);
        Assert.Equal(tally.Flops, profile.Operators.Sum(o => o.Flops));
        Assert.Equal(tally.Bytes, profile.Operators.Sum(o => o.Bytes));

        static void Work(Device device)
        {
            using var scope = new TensorScope();
            var x = Tensor.Zeros([6, 8], DType.Float32, device);
            var w = Tensor.Zeros([4, 8], DType.Float32, device);
            var rows = Tensor.From([1L, 3L], device);
            Ops.Linear(x, w);
            Ops.AddMatMulInPlace(Tensor.Zeros([6, 4], DType.Float32, device), x, w.Transposed());
            Ops.Mul(Ops.Add(x, 1), 2);
            Ops.MulInPlace(x, x);
            var chosen = Ops.Rows(x, rows);
            Ops.SetRowsInPlace(x, rows, chosen);
            var index = Tensor.From<long>([0, 1, 2], [3, 1], device);
            var y = Tensor.Zeros([3, 8], DType.Float64, device);
            Ops.ScatterAddInPlace(y, index, Ops.Gather(y, index));
            y.To(DType.BFloat16);
            Ops.CopyAllInPlace([x], [x]);
            var step = Tensor.Zeros([], DType.Float32, device);
            Ops.AdamWInPlace([x], [x], [x], [x], [step], 1e-3, 0.9, 0.99, 0, 1e-8, null);
        }
    }

    [Fact]
    public void Profile_Disposed_MeasuresNothingMoreAndAnotherMayFollow()
    {
        using var scope = new TensorScope();
        var first = new OperatorProfile(Device.Cpu);
        Assert.Throws<InvalidOperationException>(() => new OperatorProfile(Device.Cpu));
        first.Dispose();
        Tensor.Zeros([4], DType.Float32, Device.Cpu);
        Assert.Empty(first.Operators);
        using var second = new OperatorProfile(Device.Cpu);
        Tensor.Zeros([4], DType.Float32, Device.Cpu);
        Assert.Equal("zero_", Assert.Single(second.Operators).Name);
    }
}
