using Litre.Kernels;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Torch;
using Litre.Torch.Loading;

namespace Litre.Model.Tests.Kernels;

/// <summary>What only a GPU can show: that compiled kernels load and start there, and agree with their twins.</summary>
public sealed class CudaKernelTests
{
    [Fact]
    public void Examine_OnCuda_FindsEveryKernelRight()
    {
        Assert.SkipWhen(CudaDriver.DeviceCount == 0 || !Libtorch.Load().HasCuda, "no GPU with a libtorch for CUDA is here");
        Assert.Empty(
            ModelKernels.CheckAll(Device.Cuda(), KernelOptions.Default).Select(refused => $"{refused.Kernel.Name}: {refused.Reason}")
        );
    }

    [Fact]
    public void Kernels_ManyRowsOnCuda_AgreeWithPlainOperators()
    {
        Assert.SkipWhen(CudaDriver.DeviceCount == 0 || !Libtorch.Load().HasCuda, "no GPU with a libtorch for CUDA is here");
        Compare(Device.Cuda(), 4096);
    }

    // The same comparison where the kernels run on the CPU, so that it is known to pass with the right source.
    [Fact]
    public void Kernels_ManyRowsEmulated_AgreeWithPlainOperators()
    {
        using var emulator = KernelEmulator.Open();
        Compare(Device.Cpu, 512);
        Assert.NotEmpty(emulator.Started);
    }

    private static void Compare(Device device, int tokens)
    {
        const int Width = 768,
            Experts = 128,
            Chosen = 8;
        using var scope = new TensorScope();
        var random = new Random(1);
        var rows = tokens * Chosen;
        var inner = Bf16Values.Random(random, rows, 2 * Width).Tensor.To(device);
        var residual = Bf16Values.Random(random, tokens, Width).Tensor.To(device);
        var shares = Bf16Values.Random(random, tokens, Chosen).Tensor.To(device);
        var choice = Tensor.From<long>([.. Enumerable.Range(0, rows).Select(_ => (long)random.Next(Experts))], [tokens, Chosen], device);
        foreach (
            var (one, other) in Results(new KernelPolicy()).Zip(Results(new KernelPolicy(KernelOptions.Default with { UsesOwn = false })))
        )
            Assert.InRange(FusedOperation.ErrorOf(one, other), 0, FusedOperation.Tolerance);

        List<Tensor> Results(KernelPolicy kernels)
        {
            var (places, inverse, weights, groups) = ExpertSort.Forward(choice, shares, Experts, kernels);
            var h = SwiGlu.Forward(inner, weights, kernels);
            var (dInner, dWeights) = SwiGlu.Backward(h.Clone(), inner, weights, kernels);
            return
            [
                places,
                inverse,
                weights,
                groups.Offsets,
                h,
                dInner,
                dWeights!,
                TokenSpread.Forward(residual, places, inverse, Chosen, kernels),
                TokenCombine.Forward(h, inverse, Chosen, residual, kernels),
            ];
        }
    }
}
