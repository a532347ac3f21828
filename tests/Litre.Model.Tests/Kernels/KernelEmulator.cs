using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Litre.Kernels;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

/// <summary>
/// Runs the kernels' own source on the CPU: tests/kernels/emulator.cpp, built by the machine's C++ compiler, in which the threads of a
/// block are fibers. While one is open, operators take bf16 tensors on the CPU as they would take them on CUDA.
/// </summary>
internal sealed unsafe class KernelEmulator : IKernelLauncher, IDisposable
{
    private static readonly string[] Compilers = ["g++", "c++", "clang++"];
    private static readonly string[] OneBlockATile = ["count_experts", "place_rows"];
    private static readonly string[] Options = ["-std=c++17", "-O1", "-U_FORTIFY_SOURCE", "-w", "-fno-strict-aliasing", "-shared", "-fPIC"];

    private static readonly Lazy<(nint Library, string Reason)> Built = new(Build);

    private KernelEmulator() => OwnKernels.Emulator = this;

    /// <summary>
    /// Runs blocks and threads backwards, which changes the result of a race, and no more than two blocks, each of which then goes on
    /// to further items.
    /// </summary>
    public bool Backwards { get; set; }

    /// <summary>Names of the kernels that ran.</summary>
    public List<string> Started { get; } = [];

    /// <summary>Opens it, or skips the test where there is no compiler.</summary>
    public static KernelEmulator Open()
    {
        Assert.SkipWhen(Built.Value.Library == 0, Built.Value.Reason);
        return new KernelEmulator();
    }

    /// <summary>Random cases with the emulator open; each runs in a scope of its own.</summary>
    public static void Holds(int cases, Action<Random, KernelEmulator> body)
    {
        using var emulator = Open();
        Property.Holds(
            cases,
            random =>
            {
                using var scope = new TensorScope();
                body(random, emulator);
            }
        );
    }

    /// <summary>What an operation gives, which must not depend on the order in which blocks and threads run.</summary>
    public Tensor[] Run(Func<Tensor?[]> operation)
    {
        Backwards = true;
        var backwards = operation();
        Backwards = false;
        var results = operation();
        foreach (var (one, other) in results.Zip(backwards))
            Assert.Equal(one?.ToDoubles(), other?.ToDoubles());
        return [.. results.OfType<Tensor>()];
    }

    public void Launch(KernelSource source, string function, uint grid, (uint X, uint Y) block, ReadOnlySpan<nint> arguments)
    {
        Assert.True(NativeLibrary.TryGetExport(Built.Value.Library, "emulate", out var emulate));
        Started.Add(function);
        if (Backwards && !OneBlockATile.Contains(function))
            grid = Math.Min(grid, 2);
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(function + '\0'))
        fixed (nint* values = arguments)
        {
            var error = ((delegate* unmanaged<byte*, uint, uint, uint, nint*, int, byte*>)emulate)(
                name,
                grid,
                block.X,
                block.Y,
                values,
                Backwards ? 1 : 0
            );
            if (error is not null)
                throw new KernelException($"{function} of {source.File}: {Marshal.PtrToStringUTF8((nint)error)}");
        }
    }

    public void Dispose() => OwnKernels.Emulator = null;

    private static (nint Library, string Reason) Build()
    {
        var emulator = Path.Combine(Repository.Root, "tests", "kernels", "emulator.cpp");
        var sources = Path.Combine(Repository.Root, "src", "Litre.Kernels", "Cuda");
        var library = Path.Combine(Directory.CreateTempSubdirectory("litre-kernels-").FullName, "emulator.so");
        foreach (var compiler in Compilers)
        {
            try
            {
                using var process = Process.Start(
                    new ProcessStartInfo(compiler, [.. Options, "-I", sources, emulator, "-o", library]) { RedirectStandardError = true }
                )!;
                var said = process.StandardError.ReadToEnd();
                process.WaitForExit();
                Assert.True(process.ExitCode == 0, $"{compiler} does not compile the kernels:\n{said}");
                var handle = NativeLibrary.Load(library);
                Directory.Delete(Path.GetDirectoryName(library)!, recursive: true);
                return (handle, "");
            }
            catch (Win32Exception)
            {
                // Not installed.
            }
        }
        return (0, $"no C++ compiler ({string.Join(", ", Compilers)}) is here to run the kernels on the CPU");
    }
}
