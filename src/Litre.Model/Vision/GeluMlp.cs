using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Vision;

/// <summary>
/// <c>fc2(gelu(fc1(x)))</c> with biases. On CUDA in bf16 the tanh form is computed within the first product if no backward pass needs
/// its input.
/// </summary>
/// <remarks>P rows.</remarks>
public sealed class GeluMlp(WeightSource source, string first, string second, long inputs, long inner, long outputs, bool tanh)
    : IDisposable
{
    private readonly KernelPolicy _kernels = source.Kernels;

    /// <summary>
    /// The first product with gelu in it, and whether a device supports it. It is libtorch's, but checked as Litre's own kernels are.
    /// </summary>
    public static FusedOperation Kernel { get; } = new("linear and gelu", Check);

    public Linear First { get; } = new(source, first, inner, inputs, bias: true);

    public Linear Second { get; } = new(source, second, outputs, inner, bias: true);

    public IEnumerable<Linear> Linears => [First, Second];

    public sealed record Saved(Linear.Saved First, Tensor Inner, Linear.Saved Second) : IDisposable
    {
        public void Dispose()
        {
            First.Dispose();
            Inner.Dispose();
            Second.Dispose();
        }
    }

    /// <param name="x">(P, inputs)</param>
    /// <param name="pass">Whether to save.</param>
    /// <returns>(P, outputs)</returns>
    public (Tensor Y, Saved? Saved) Forward(Tensor x, Pass pass)
    {
        using var scope = new TensorScope();
        if (CanFuse(x, pass))
            return (scope.Return(Second.Forward(First.ForwardGelu(x), pass).Y), null);
        var (inner, savedFirst) = First.Forward(x, pass);
        var (y, savedSecond) = Second.Forward(Ops.Gelu(inner, tanh), pass);
        return (scope.Return(y), pass.Save ? new Saved(savedFirst!, TensorScope.Keep(inner), savedSecond!) : null);
    }

    /// <param name="dY">(P, outputs)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    public Tensor Backward(Tensor dY, Saved saved)
    {
        using var scope = new TensorScope();
        var dInner = Ops.GeluBackward(Second.Backward(dY, saved.Second)!, saved.Inner, tanh);
        var dX = First.Backward(dInner, saved.First)!;
        saved.Dispose();
        return scope.Return(dX);
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    private bool CanFuse(Tensor x, Pass pass) =>
        tanh && pass is { Save: false, Repeated: false } && x.Device.UsesCuda && First.IsPlain(pass) && Kernel.Supports(x, _kernels);

    private static double Check(Device device)
    {
        var (x, weight, bias) = (
            KernelSample.Normal(device, 1, 19, 136),
            KernelSample.Normal(device, 2, 72, 136),
            KernelSample.Normal(device, 3, 72)
        );
        return KernelSample.MaxError((Ops.LinearGelu(x, weight, bias), Ops.Gelu(Ops.Linear(x, weight, bias), tanh: true)));
    }
}
