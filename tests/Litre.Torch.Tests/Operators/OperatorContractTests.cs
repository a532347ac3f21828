using System.Diagnostics;

namespace Litre.Torch.Tests.Operators;

/// <summary>What operators say when refused, and that their calls leave no native memory behind.</summary>
public sealed class OperatorContractTests
{
    [Fact]
    public void Operators_ShapesThatDoNotMatch_NameTheOperatorAndBothShapes()
    {
        foreach (var device in new[] { Device.Cpu, Device.Meta() })
        {
            using var scope = new TensorScope();
            var a = Tensor.Zeros([2, 3], DType.Float32, device);
            var b = Tensor.Zeros([4, 5], DType.Float32, device);
            var index = Tensor.Zeros([2], DType.Int64, device);
            var cube = Tensor.Zeros([2, 3, 4], DType.Float32, device);
            Refused("add", () => Ops.Add(a, b));
            Refused("mul", () => Ops.Mul(a, b));
            Refused("mul_", () => Ops.MulInPlace(a, b));
            Refused("div", () => Ops.Div(a, b));
            Refused("ge", () => Ops.GreaterOrEqual(a, b));
            Refused("silu_backward", () => Ops.SiluBackward(a, b));
            Refused("gelu_backward", () => Ops.GeluBackward(a, b, tanh: true));
            Refused("mm", () => Ops.MatMul(a, b));
            Refused("linear", () => Ops.Linear(a, b));
            Refused("_addmm_activation", () => Ops.LinearGelu(a, b, b.View(-1)));
            Refused("addmm", () => Ops.AddMatMulInPlace(a, b, b.Transposed()));
            Refused("cat", () => Ops.Concat([a, b], 0));
            Refused("gather", () => Ops.Gather(a, Tensor.Zeros([4, 5], DType.Int64, device)));
            Refused("native_layer_norm_backward", () => Ops.LayerNormBackward(b, a, a, a, a, a, true));
            Refused("dot", () => Ops.Dot(a.View(-1), b.View(-1)), "(6)", "(20)");
            Refused("bmm", () => Ops.BatchMatMul(cube, cube), "(2, 3, 4)");
            Refused("index_copy_", () => Ops.SetRowsInPlace(a, index, b));
            Refused("index_copy_", () => Ops.SetRowsInPlace(a, index, b.Slice(0, 0, 2)), "(2, 3)", "(2, 5)");
            Refused("scatter_add_", () => Ops.ScatterAddInPlace(a, index.View(2, 1), b));
            Refused("embedding_dense_backward", () => Ops.RowsBackward(b, index, 9), "(4, 5)", "(2)");
            Refused("_softmax_backward_data", () => Ops.SoftmaxBackward(a, b));
            Refused("native_layer_norm", () => Ops.LayerNorm(a, b.Slice(0, 0, 1).View(5), b.Slice(0, 0, 1).View(5), 1e-5), "(2, 3)", "(5)");
            Refused("topk", () => Ops.TopK(a, 4), "(2, 3)", "4");
            Refused("sum", () => Ops.Sum(a, 2), "(2, 3)", "2");
            Refused("linalg_qr", () => Ops.Qr(a.View(-1)), "(6)", "two");
            Refused("linalg_svd", () => Ops.Svd(index.View(1, 2)), "(1, 2) int64", "float");
            // libtorch would answer in another type.
            Refused("add", () => Ops.Add(index, 0.5), "(2) int64", "float");
            Refused("mul", () => Ops.Mul(index, 0.5), "(2) int64", "float");
        }
    }

    [Fact]
    public void Operators_OtherTypesOrDevices_NameBoth()
    {
        using var scope = new TensorScope();
        var a = Tensor.Zeros([2], DType.Float32, Device.Cpu);
        foreach (var b in new[] { Tensor.Zeros([2], DType.Float64, Device.Cpu), Tensor.Zeros([2], DType.Float32, Device.Meta()) })
        {
            var message = Assert.Throws<ArgumentException>(() => Ops.Add(a, b)).Message;
            Assert.Contains(a.ToString(), message);
            Assert.Contains(b.ToString(), message);
        }
    }

    [Fact]
    public void Dispatcher_ManyCallsWithListsAndOptionals_LeaveNoNativeMemory()
    {
        using var x = Tensor.Zeros([4, 4], DType.Float32, Device.Cpu);
        using var weight = Tensor.Zeros([4], DType.Float32, Device.Cpu);
        // Six operators a round: were a list, a cell or a handle left of each, that would be 20 MB.
        Grows(
            20000,
            6 << 20,
            () =>
            {
                Ops.Concat([x, x], 0);
                Ops.Linear(x, x, weight);
                Ops.Sum(x, 0);
                Ops.LayerNorm(x, weight, weight, 1e-5);
                Ops.RollLast(x, 1);
                Ops.ArgMax(x);
            }
        );
    }

    [Fact]
    public void Dispatcher_ManyCallsWithStrings_LeaveNoMoreThanLibtorchsOwnCopies()
    {
        using var x = Tensor.Zeros([4, 4], DType.Float32, Device.Cpu);
        // libtorch never frees its copy of a string argument; a tensor left behind would be far more.
        Grows(20000, 20000 * 400, () => Ops.Gelu(x, tanh: true));
    }

    // The runtime's and the C library's heaps grow at times for reasons of their own. What leaks grows every time.
    private static void Grows(int rounds, long allowed, Action round)
    {
        const int Tries = 6;
        Run(rounds / 2);
        var growths = new List<long>();
        do
        {
            var before = Resident();
            Run(rounds);
            growths.Add(Resident() - before);
        } while (growths[^1] >= allowed && growths.Count < Tries);
        Assert.True(growths[^1] < allowed, $"{rounds} rounds grew the process each time, by {string.Join(", ", growths)} bytes");

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var scope = new TensorScope();
                round();
            }
        }

        static long Resident()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    private static void Refused(string op, Action act, params string[] shapes)
    {
        var message = Assert.Throws<ArgumentException>(act).Message;
        Assert.StartsWith(op + ":", message);
        Assert.All(shapes.Length == 0 ? ["(2, 3)", "(4, 5)"] : shapes, shape => Assert.Contains(shape, message));
    }
}
