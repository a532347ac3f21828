using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Litre.Kernels;

/// <summary>Compiled code loaded into a device's primary context, where it stays until the process ends. Thread-safe.</summary>
internal sealed unsafe partial class CudaModule
{
    private readonly nint _module;
    private readonly string _file;
    private readonly ConcurrentDictionary<string, nint> _functions = new();

    /// <summary>Loads code; the device's context must be current.</summary>
    /// <param name="code">The compiler's output. Intermediate code ends with a zero byte.</param>
    /// <param name="file">The source, for messages.</param>
    /// <exception cref="KernelException">The driver rejects it.</exception>
    public CudaModule(ReadOnlySpan<byte> code, string file)
    {
        _file = file;
        fixed (byte* image = code)
            Check(ModuleLoadData(out _module, image), $"loading {file}");
    }

    /// <summary>Starts a kernel; the device's context must be current.</summary>
    public void Launch(string function, uint grid, (uint X, uint Y) block, nint stream, ReadOnlySpan<nint> arguments)
    {
        var handle = _functions.GetOrAdd(function, static (name, self) => self.Find(name), this);
        fixed (nint* values = arguments)
            Check(LaunchKernel(handle, grid, 1, 1, block.X, block.Y, 1, 0, stream, values, 0), $"starting {function} of {_file}");
    }

    private nint Find(string name)
    {
        Check(ModuleGetFunction(out var function, _module, name), $"finding {name} in {_file}");
        return function;
    }

    private static void Check(int status, string what)
    {
        if (status == 0)
            return;
        var text = ErrorString(status, out var reason) == 0 ? Marshal.PtrToStringUTF8((nint)reason) : null;
        throw new KernelException($"{what}: the NVIDIA driver returned {status} ({text ?? "unknown"})");
    }
}
