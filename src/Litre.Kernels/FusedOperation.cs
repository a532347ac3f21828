using System.Collections.Concurrent;
using System.Globalization;
using Litre.Core;
using Litre.Torch;

namespace Litre.Kernels;

/// <summary>
/// An operation that one of Litre's own kernels computes in place of several plain operators. Before its first use on a device it is
/// run on a small random input and compared with the plain operators there; if it disagrees or cannot run, a notice reports it and
/// the plain operators are used. Thread-safe.
/// </summary>
/// <param name="name">Its name in messages.</param>
/// <param name="check">Runs the kernel and the plain operators on a device and returns the largest <see cref="ErrorOf"/> of the
/// results.</param>
public sealed class FusedOperation(string name, Func<Device, double> check)
{
    /// <summary>The largest accepted error: the plain operators round to bf16 several times; a wrong kernel differs by far more.</summary>
    public const double Tolerance = 2e-2;

    private readonly ConcurrentDictionary<Device, Lazy<string?>> _refusals = new();
    private volatile bool _refused;

    public string Name => name;

    /// <summary>
    /// Whether the kernel supports this tensor: dense, bf16, on CUDA or a device that stands for it, and not switched off. A meta
    /// device assumes that the kernel is used unless its check has failed in this process.
    /// </summary>
    public bool Supports(Tensor x, KernelPolicy kernels) => x.IsContiguous && Supports(x.DType, x.Device, kernels.Options);

    /// <summary>The same for a type and a device, for operations that do not require dense tensors.</summary>
    public bool Supports(DType dtype, Device device, KernelOptions options)
    {
        if (dtype != DType.BFloat16 || !options.UsesOwn)
            return false;
        if (device.IsMeta)
            return device.UsesCuda && !_refused;
        return device.Type == DeviceType.Cuda ? Refusal(device) is null : OwnKernels.Emulator is not null;
    }

    /// <summary>Why the kernel is not used on a device; null if it is used. The first call runs the check.</summary>
    public string? Refusal(Device device) =>
        _refusals.TryGetValue(device, out var known)
            ? known.Value
            : _refusals.GetOrAdd(device, static (d, self) => new Lazy<string?>(() => self.Examine(d)), this).Value;

    /// <summary>
    /// Runs the check, even if it ran before, in a separate scope, and returns the largest relative error (<see cref="ErrorOf"/>).
    /// </summary>
    public double Check(Device device)
    {
        using var scope = new TensorScope();
        return check(device);
    }

    /// <summary>‖found - expected‖ / ‖expected‖, infinite for a NaN. Waits for the device.</summary>
    public static double ErrorOf(Tensor found, Tensor expected)
    {
        if (!found.Sizes.SequenceEqual(expected.Sizes))
            return double.PositiveInfinity;
        var (difference, norm) = (0.0, 0.0);
        foreach (var (f, e) in found.ToDoubles().Zip(expected.ToDoubles()))
        {
            difference += (f - e) * (f - e);
            norm += e * e;
        }
        var error = difference == 0 ? 0 : Math.Sqrt(difference / norm);
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }

    private string? Examine(Device device)
    {
        var calls = Ops.Calls;
        string? refusal;
        try
        {
            var error = Check(device);
            refusal =
                error <= Tolerance
                    ? null
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"the kernel for {name} is off by {error:0.0e+00} on {device}, {Tolerance:0e+00} allowed: run "
                            + $"`litre doctor` before you trust results of this GPU"
                    );
        }
        catch (Exception e)
        {
            // Any exception of an unexpected compiler or driver: plain operators do the same work.
            refusal = e.Message;
        }
        Ops.Calls = calls;
        if (refusal is null)
            return null;
        _refused = true;
        Notices.Report($"litre: plain operators run instead of Litre's own kernels, which is slower but correct: {refusal}");
        return refusal;
    }
}
