namespace Litre.Kernels;

/// <summary>
/// What to compile for: the device itself, or, if the compiler does not know it, intermediate code for the newest older one, which the
/// driver compiles further.
/// </summary>
/// <param name="Option">The compiler's name for it: <c>sm_90</c> or <c>compute_90</c>.</param>
/// <param name="IsVirtual">True for intermediate code (PTX).</param>
internal sealed record KernelTarget(string Option, bool IsVirtual)
{
    /// <param name="major">Major number of the device's compute capability.</param>
    /// <param name="minor">Minor number of the compute capability.</param>
    /// <param name="known">Architectures that the compiler knows, such as 90 for 9.0.</param>
    /// <exception cref="KernelException">The compiler knows only newer devices.</exception>
    public static KernelTarget For(int major, int minor, IReadOnlyList<int> known)
    {
        var device = 10 * major + minor;
        if (known.Contains(device))
            return new KernelTarget($"sm_{device}", IsVirtual: false);
        var older = known.Where(a => a < device).DefaultIfEmpty().Max();
        return older > 0
            ? new KernelTarget($"compute_{older}", IsVirtual: true)
            : throw new KernelException(
                $"this NVRTC compiles for compute capability {known.Min() / 10}.{known.Min() % 10} and newer, but the "
                    + $"device has {major}.{minor}"
            );
    }
}
