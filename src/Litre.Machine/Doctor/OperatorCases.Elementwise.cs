using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <content>Operators that process each element separately.</content>
internal static partial class OperatorCases
{
    private static IEnumerable<OperatorCase> Elementwise()
    {
        yield return One("silu", nameof(Ops.Silu), Ops.Silu);
        yield return Two("silu backward", nameof(Ops.SiluBackward), Ops.SiluBackward);
        yield return One("gelu, tanh", nameof(Ops.Gelu), x => Ops.Gelu(x, tanh: true));
        yield return One("gelu", nameof(Ops.Gelu), x => Ops.Gelu(x, tanh: false));
        yield return Two("gelu backward, tanh", nameof(Ops.GeluBackward), (d, x) => Ops.GeluBackward(d, x, tanh: true));
        yield return Two("gelu backward", nameof(Ops.GeluBackward), (d, x) => Ops.GeluBackward(d, x, tanh: false));
        yield return One("exp", nameof(Ops.Exp), Ops.Exp);
        yield return One("cos", nameof(Ops.Cos), Ops.Cos);
        yield return One("sin", nameof(Ops.Sin), Ops.Sin);
        yield return Simple("elementwise", "rsqrt", [nameof(Ops.Rsqrt)], o => Ops.Rsqrt(o[0]), c => [c.Positive(Rows, Width)]);
        yield return Two("add", nameof(Ops.Add), (a, b) => Ops.Add(a, b, 0.5));
        yield return One("add a number", nameof(Ops.Add), x => Ops.Add(x, 0.375));
        yield return Two("mul", nameof(Ops.Mul), Ops.Mul);
        yield return One("mul by a number", nameof(Ops.Mul), x => Ops.Mul(x, -2.5));
        yield return Two("mul in place", nameof(Ops.MulInPlace), (a, b) => Ops.MulInPlace(a.Clone(), b));
        yield return Simple(
            "elementwise",
            "div",
            [nameof(Ops.Div)],
            o => Ops.Div(o[0], o[1]),
            c => [c.Normal(Rows, Width), c.Positive(Rows, 1)]
        );
        yield return Simple(
            "elementwise",
            "where and ge",
            [nameof(Ops.Where), nameof(Ops.GreaterOrEqual)],
            o => Ops.Where(Ops.GreaterOrEqual(o[0], o[1]), o[0], o[2]),
            c => [c.Normal(Rows, Width), c.Normal(1, Width), c.Normal(Rows, 1)]
        ) with
        {
            Tolerance = 0,
        };
        // The arithmetic of dropout masks and of expert numbers.
        yield return Whole(
            "xor, and, shift",
            [nameof(Ops.Xor), nameof(Ops.And), nameof(Ops.ShiftRight)],
            (a, b) => Ops.Xor(Ops.And(a, b), Ops.ShiftRight(a, Tensor.Scalar(15, DType.Int64, a.Device)))
        );
        yield return Whole(
            "int64 product",
            [nameof(Ops.Mul)],
            (a, b) => Ops.Mul(Ops.ShiftRight(a, Tensor.Scalar(5, DType.Int64, a.Device)), b)
        );
        yield return Whole("floor_divide", [nameof(Ops.FloorDiv)], (a, _) => Ops.FloorDiv(a, Tensor.Scalar(8, DType.Int64, a.Device)));

        static OperatorCase One(string name, string covers, Func<Tensor, Tensor> f) =>
            Simple("elementwise", name, [covers], o => f(o[0]), c => [c.Normal(Rows, Width)]);

        static OperatorCase Two(string name, string covers, Func<Tensor, Tensor, Tensor> f) =>
            Simple("elementwise", name, [covers], o => f(o[0], o[1]), c => [c.Normal(Rows, Width), c.Normal(Rows, Width)]);

        // Products stay below 2^53, which float64 holds exactly.
        static OperatorCase Whole(string name, string[] covers, Func<Tensor, Tensor, Tensor> f) =>
            Simple(
                "elementwise",
                name,
                covers,
                o => f(o[0], o[1]),
                c => [c.Integers(1L << 31, Rows, 1), c.Integers(1L << 26, 1, Width)]
            ) with
            {
                Types = IntegerTypes,
            };
    }
}
