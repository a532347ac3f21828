using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Tests.Layers;

/// <summary>Weights of another source, of which matrices that are multiplied lie in memory as int8 rows with a scale each.</summary>
internal sealed class QuantizedSource(WeightSource inner) : WeightSource(inner.DType, inner.Device)
{
    public override WeightMatrix MakeMatrix(IReadOnlyList<(string Key, long Rows)> parts, long inputs) =>
        new Matrix([.. parts.Select(p => Quantized(p.Key, [p.Rows, inputs]))]);

    public override WeightStack MakeStack(string key, long experts, long rows, long inputs) =>
        new Stack(Quantized(key, [experts, rows, inputs]));

    protected override void Read(string key, Tensor destination)
    {
        using var values = inner.Make(key, destination.Sizes);
        destination.CopyFrom(values.Value);
    }

    private Parameter Quantized(string key, long[] sizes)
    {
        using var dense = inner.Make(key, sizes);
        long[] scaleSizes = [.. sizes[..^1], 1];
        if (Device.IsMeta)
            return new Parameter(key, new Storage(Tensor.Empty(sizes, DType.Int8, Device), Tensor.Empty(scaleSizes, DType, Device)));
        var values = dense.Value.ToDoubles();
        var width = (int)sizes[^1];
        var scales = values.Chunk(width).Select(row => Math.Max(row.Max(Math.Abs), 1e-30) / 127).ToArray();
        var small = values.Select((v, i) => (sbyte)Math.Round(v / scales[i / width])).ToArray();
        using var exact = Tensor.From(scales, scaleSizes, Device.Cpu);
        return new Parameter(key, new Storage(Tensor.From(small, sizes, Device), exact.DType == DType ? exact.Clone() : exact.To(DType)));
    }

    /// <param name="small">(…, in) int8</param>
    /// <param name="scales">(…, 1) in the compute type.</param>
    private sealed class Storage(Tensor small, Tensor scales) : WeightStorage(small.Sizes, scales.DType, small.Device)
    {
        private readonly Tensor _small = TensorScope.Keep(small);
        private readonly Tensor _scales = TensorScope.Keep(scales);

        public override long Bytes => _small.Bytes + _scales.Bytes;

        public override Tensor? Dense => null;

        public override Tensor Dequantize()
        {
            using var scope = new TensorScope();
            return scope.Return(Ops.Mul(_small.To(ComputeType), _scales));
        }

        public override void Dispose()
        {
            _small.Dispose();
            _scales.Dispose();
        }
    }

    private sealed class Matrix(IReadOnlyList<Parameter> parts) : WeightMatrix(parts)
    {
        public override Tensor Multiply(Tensor x, Tensor? bias)
        {
            using var scope = new TensorScope();
            return scope.Return(Ops.Linear(x, Whole(), bias));
        }

        public override Tensor MultiplyTransposed(Tensor dY)
        {
            using var scope = new TensorScope();
            return scope.Return(Ops.MatMul(dY, Whole()));
        }

        private Tensor Whole() => Ops.Concat([.. Parts.Select(p => p.Dequantize())], 0); // (out, in)
    }

    private sealed class Stack(Parameter weight) : WeightStack(weight)
    {
        public override Tensor Multiply(Tensor x, ExpertGroups groups)
        {
            using var scope = new TensorScope();
            return scope.Return(GroupedProduct.Rows(x, Weight.Dequantize().Transposed(), groups));
        }

        public override Tensor MultiplyTransposed(Tensor dY, ExpertGroups groups)
        {
            using var scope = new TensorScope();
            return scope.Return(GroupedProduct.Rows(dY, Weight.Dequantize(), groups));
        }

        public override bool UsesGrouped(KernelPolicy kernels) => false;
    }
}
