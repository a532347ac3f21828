using Shared;

namespace Litre.Torch.Tests.Tensors;

public sealed class TensorViewTests
{
    [Fact]
    public void Views_RandomChains_ShowTheElementsTheirIndicesName() =>
        Property.Holds(
            60,
            random =>
            {
                using var scope = new TensorScope();
                var sizes = Enumerable.Range(0, random.Between(1, 4)).Select(_ => (long)random.Between(1, 4)).ToArray();
                var values = random.Doubles(Shape.Count(sizes));
                var tensor = Tensor.From<double>(values, sizes, Device.Cpu);
                var managed = new Managed(sizes, values);
                for (var i = 0; i < 4; i++)
                {
                    var dim = random.Next(tensor.Rank);
                    switch (random.Next(3))
                    {
                        case 0:
                            var start = random.Next((int)tensor.Size(dim));
                            var length = random.Between(1, (int)tensor.Size(dim) - start);
                            tensor = tensor.Slice(dim - (random.Flip() ? tensor.Rank : 0), start, length);
                            managed = managed.Slice(dim, start, length);
                            break;
                        case 1:
                            var order = Enumerable.Range(0, tensor.Rank).OrderBy(_ => random.Next()).ToArray();
                            tensor = tensor.Permute(order);
                            managed = managed.Permute(order);
                            break;
                        default:
                            using (var dense = tensor.Contiguous())
                                tensor = dense.View(-1, tensor.Size(-1));
                            managed = new Managed([managed.Values.Length / managed.Sizes[^1], managed.Sizes[^1]], managed.Values);
                            break;
                    }
                    Assert.Equal(managed.Sizes, tensor.Sizes.ToArray());
                    Assert.Equal(managed.Values, tensor.ToArray<double>());
                }
            }
        );

    [Fact]
    public void Slice_Written_ChangesItsSource()
    {
        using var scope = new TensorScope();
        var source = Tensor.Zeros([3, 4], DType.Float32, Device.Cpu);
        source.Slice(1, 2, 1).Fill(7);
        Assert.Equal([0, 0, 7, 0, 0, 0, 7, 0, 0, 0, 7, 0], source.ToArray<float>());
        Assert.Equal([4, 1], source.Slice(1, 2, 1).Strides.ToArray());
        Assert.False(source.Slice(1, 2, 2).IsContiguous);
        Assert.True(source.Slice(0, 1, 1).IsContiguous);
    }

    [Fact]
    public void Expand_SizeOne_RepeatsWithStrideZero()
    {
        using var scope = new TensorScope();
        var expanded = Tensor.From<float>([1, 2], [2, 1], Device.Cpu).Expand(2, 3);
        Assert.Equal([1, 1, 1, 2, 2, 2], expanded.ToArray<float>());
        Assert.Equal(0, expanded.Strides[1]);
    }

    [Fact]
    public void Views_Impossible_SayTensorAndRequest()
    {
        using var scope = new TensorScope();
        var tensor = Tensor.Zeros([3, 4], DType.Float32, Device.Cpu);
        Refused(() => tensor.View(5, -1), "view", "(3, 4)", "(5, -1)");
        Refused(() => tensor.Transposed().View(12), "view", "(4, 3)", "(1, 4)");
        Refused(() => tensor.Slice(0, 2, 2), "slice", "2..4", "(3, 4)");
        Refused(() => tensor.Slice(2, 0, 1), "slice", "dimension 2", "(3, 4)");
        Refused(() => tensor.Slice(-3, 0, 1), "slice", "(3, 4)");
        Refused(() => tensor.Permute(0), "permute", "(3, 4)");
        Refused(() => tensor.Permute(0, 0), "permute", "(3, 4)");
        Refused(() => tensor.Permute(0, 2), "permute", "(3, 4)");
        Refused(() => tensor.Expand(3, 8), "expand", "(3, 4)", "(3, 8)");
        Refused(() => tensor.CopyFrom(Tensor.Zeros([4, 3], DType.Float32, Device.Cpu)), "copy", "(4, 3)", "(3, 4)");
        Refused(() => Tensor.From<float>([1, 2], [3], Device.Cpu), "2 values", "(3)");
        Refused(() => Tensor.Zeros([2, -1], DType.Float32, Device.Cpu), "empty", "(2, -1)");
        Refused(() => Tensor.Zeros([3], DType.Float32, Device.Cpu).Transposed(), "transpose", "(3)");
    }

    [Fact]
    public void View_ZeroRows_KeepsTheNamedSizes()
    {
        using var scope = new TensorScope();
        var empty = Tensor.Zeros([0, 6], DType.Float32, Device.Cpu);
        Assert.Equal([0, 2, 3], empty.View(0, 2, 3).Sizes.ToArray());
        Assert.Equal([0, 2, 3], empty.View(-1, 2, 3).Sizes.ToArray());
        Assert.Equal([0, 6], empty.Contiguous().Sizes.ToArray());
        Assert.Empty(empty.ToArray<float>());
    }

    [Fact]
    public void Meta_EveryView_HasTheCpuShapeAndStrides()
    {
        using var scope = new TensorScope();
        var cpu = Views(Tensor.Zeros([2, 3, 4], DType.Float32, Device.Cpu));
        var meta = Views(Tensor.Zeros([2, 3, 4], DType.Float32, Device.Meta()));
        Assert.Equal(cpu, meta);

        static string[] Views(Tensor t) =>
            [
                .. new[]
                {
                    t.Slice(1, 1, 2),
                    t.Permute(2, 0, 1),
                    t.Transposed(),
                    t.View(6, -1),
                    t.Alias(),
                    t.Clone(),
                    t.To(DType.BFloat16),
                    t.Slice(0, 0, 1).Expand(5, 3, 4),
                    t.Transposed().Contiguous(),
                }.Select(v => $"{Shape.Text(v.Sizes)} {Shape.Text(v.Strides)} {v.DType} {v.IsContiguous} {v.Bytes} {v.StorageBytes}"),
            ];
    }

    private static void Refused(Func<Tensor> act, params string[] parts)
    {
        var message = Assert.Throws<ArgumentException>(act).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
    }
}
