namespace Litre.Kernels;

/// <summary>Starts kernels on a device. Thread-safe.</summary>
internal unsafe interface IKernelLauncher
{
    /// <param name="source">The source of the kernel.</param>
    /// <param name="function">The kernel's name.</param>
    /// <param name="grid">Blocks, at least one.</param>
    /// <param name="block">Threads of a block in x and y; together a multiple of 32, at most 1024.</param>
    /// <param name="arguments">The address of each argument, as cuLaunchKernel expects them.</param>
    /// <exception cref="KernelException">It cannot be started.</exception>
    void Launch(KernelSource source, string function, uint grid, (uint X, uint Y) block, ReadOnlySpan<nint> arguments);
}
