namespace Litre.Kernels;

/// <summary>Starts kernels on a device. Thread-safe.</summary>
internal unsafe interface IKernelLauncher
{
    /// <param name="source">Where the kernel stands.</param>
    /// <param name="function">Its name.</param>
    /// <param name="grid">Blocks, at least one.</param>
    /// <param name="block">Threads of a block in x and y; together a multiple of 32, at most 1024.</param>
    /// <param name="arguments">The address of each argument, as cuLaunchKernel takes them.</param>
    /// <exception cref="KernelException">It does not start.</exception>
    void Launch(KernelSource source, string function, uint grid, (uint X, uint Y) block, ReadOnlySpan<nint> arguments);
}
