using System.Collections.Concurrent;
using Litre.Core;
using Litre.Torch;
using Litre.Torch.Loading;
using Litre.Torch.Native;

namespace Litre.Kernels;

/// <summary>
/// Kernels on one CUDA device: compiled at their first use or read from the cache, and started on the stream that libtorch's
/// own operators use, so that they share its order and memory.
/// </summary>
internal sealed unsafe class CudaLauncher : IKernelLauncher
{
    private static readonly ConcurrentDictionary<int, CudaLauncher> Devices = new();
    private static readonly Lazy<Nvrtc> SharedCompiler = new(() =>
        NvrtcSearch.Open(HostEnvironment.Read(HostEnvironment.Nvrtc), Libtorch.Load().Folder)
    );

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<KernelSource, CudaModule> _modules = new();
    private readonly int _device;
    private readonly KernelTarget _target;
    private readonly nint _context;

    private CudaLauncher(int device)
    {
        _device = device;
        var about = CudaDriver.Devices.First(d => d.Index == device);
        _target = KernelTarget.For(about.ComputeMajor, about.ComputeMinor, Compiler.Architectures);
        _context = CudaDriver.ContextOf(device);
    }

    /// <summary>The compiler in use.</summary>
    /// <exception cref="KernelException">There is none.</exception>
    public static Nvrtc Compiler => SharedCompiler.Value;

    /// <summary>The launcher of a device.</summary>
    /// <exception cref="KernelException">There is no compiler, or none for this device.</exception>
    public static CudaLauncher For(int device) => Devices.GetOrAdd(device, static index => new CudaLauncher(index));

    public void Launch(KernelSource source, string function, uint grid, (uint X, uint Y) block, ReadOnlySpan<nint> arguments)
    {
        void* stream;
        OpCall.Check(TorchApi.aoti_torch_get_current_cuda_stream(_device, &stream));
        using var context = CudaDriver.Enter(_context);
        if (!_modules.TryGetValue(source, out var module))
            module = Load(source);
        module.Launch(function, grid, block, (nint)stream, arguments);
    }

    private CudaModule Load(KernelSource source)
    {
        lock (_gate)
        {
            if (_modules.TryGetValue(source, out var loaded))
                return loaded;
            return _modules[source] = new CudaModule(
                Compiled(source, _target, Compiler, new KernelCache(KernelCache.DefaultFolder)),
                source.File
            );
        }
    }

    /// <summary>Compiled code of a source, from the cache if it is there.</summary>
    internal static byte[] Compiled(KernelSource source, KernelTarget target, Nvrtc compiler, KernelCache cache)
    {
        var key = KernelCache.KeyOf(source, target, Nvrtc.Options, compiler.Version);
        if (cache.Read(key) is { } known)
            return known;
        var code = compiler.Compile(source, target);
        cache.TryWrite(key, code);
        return code;
    }
}
