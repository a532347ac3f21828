using System.Collections.Concurrent;
using System.Globalization;
using Litre.Core;
using Litre.Torch;

namespace Litre.Kernels;

/// <summary>
/// An operation that a kernel of our own does in place of several plain operators. Before its first use on a device it is run
/// on a small random input and held against its plain twin there; where it disagrees or cannot run, one line says so and the
/// plain operators go on. Thread-safe.
/// </summary>
/// <param name="name">For messages.</param>
/// <param name="check">Runs kernel and twin on a device and answers the largest <see cref="ErrorOf"/> of the results.</param>
public sealed class FusedOperation(string name, Func<Device, double> check)
{
    /// <summary>The largest error that passes: the twin rounds to bf16 several times, a wrong kernel is off by far more.</summary>
    public const double Tolerance = 2e-2;

    private readonly ConcurrentDictionary<Device, Lazy<string?>> _refusals = new();
    private volatile bool _refused;

    public string Name => name;

    /// <summary>
    /// Whether the kernel serves an operation on this tensor: dense, bf16, on CUDA or what stands for it, and not switched off. A meta
    /// device takes it to be in use unless this process knows better.
    /// </summary>
    public bool Supports(Tensor x, KernelPolicy kernels) => x.IsContiguous && Supports(x.DType, x.Device, kernels.Options);

    /// <summary>The same for a type and a device, where an operation does not ask for dense tensors.</summary>
    public bool Supports(DType dtype, Device device, KernelOptions options)
    {
        if (dtype != DType.BFloat16 || !options.UsesOwn)
            return false;
        if (device.IsMeta)
            return device.UsesCuda && !_refused;
        return device.Type == DeviceType.Cuda ? Refusal(device) is null : OwnKernels.Emulator is not null;
    }

    /// <summary>Why the kernel is not used on a device; null where it is. The first call runs the check.</summary>
    public string? Refusal(Device device) =>
        _refusals.TryGetValue(device, out var known)
            ? known.Value
            : _refusals.GetOrAdd(device, static (d, self) => new Lazy<string?>(() => self.Examine(d)), this).Value;

    /// <summary>
    /// Runs the check, whether or not it ran before, in a scope of its own: the largest error, in shares as <see cref="ErrorOf"/>.
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
                        $"the kernel for {name} is off by {error:0.0e+00} on {device}, {Tolerance:0e+00} allowed: do "
                            + $"not trust this GPU before `litre doctor` says why"
                    );
        }
        catch (Exception e)
        {
            // Whatever a compiler or a driver that is not as expected throws: plain operators do the same work.
            refusal = e.Message;
        }
        Ops.Calls = calls;
        if (refusal is null)
            return null;
        _refused = true;
        Notices.Report($"litre: plain operators instead of own kernels, which are slower but right: {refusal}");
        return refusal;
    }
}
