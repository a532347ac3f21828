using System.Runtime.InteropServices;
using System.Text;

namespace Litre.Kernels;

/// <summary>NVIDIA's run-time compiler (nvrtc.h), bound when it is first needed. Version 11.2 or newer. Thread-safe.</summary>
internal sealed unsafe class Nvrtc
{
    private static readonly Version Oldest = new(11, 2); // the first version that lists the architectures it knows

    private readonly nint _library;

    /// <param name="library">Handle of the loaded library.</param>
    /// <param name="path">Where it was found.</param>
    /// <exception cref="KernelException">It is too old or incomplete.</exception>
    public Nvrtc(nint library, string path)
    {
        (_library, Path) = (library, path);
        int major,
            minor,
            count;
        Check(((delegate* unmanaged<int*, int*, int>)Function("nvrtcVersion"))(&major, &minor), "nvrtcVersion");
        Version = new Version(major, minor);
        if (Version < Oldest)
            throw new KernelException($"{path} is NVRTC {Version}, older than {Oldest}");
        Check(((delegate* unmanaged<int*, int>)Function("nvrtcGetNumSupportedArchs"))(&count), "nvrtcGetNumSupportedArchs");
        var known = new int[count];
        fixed (int* start = known)
            Check(((delegate* unmanaged<int*, int>)Function("nvrtcGetSupportedArchs"))(start), "nvrtcGetSupportedArchs");
        Architectures = known;
    }

    public string Path { get; }

    public Version Version { get; }

    /// <summary>Compute capabilities that it compiles for, such as 90 for 9.0.</summary>
    public IReadOnlyList<int> Architectures { get; }

    /// <summary>Options of every compilation, in addition to its target.</summary>
    public static IReadOnlyList<string> Options { get; } = ["--std=c++17"];

    /// <returns>Code that the driver loads.</returns>
    /// <exception cref="KernelException">It does not compile; the message contains the compiler's own.</exception>
    public byte[] Compile(KernelSource source, KernelTarget target)
    {
        nint program;
        fixed (
            byte* text = Utf8(source.Text),
                name = Utf8(source.File)
        )
        {
            Check(
                ((delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)Function("nvrtcCreateProgram"))(
                    &program,
                    text,
                    name,
                    0,
                    null,
                    null
                ),
                "nvrtcCreateProgram"
            );
        }
        try
        {
            var status = Run(program, [$"--gpu-architecture={target.Option}", .. Options]);
            if (status != 0)
            {
                var log = Encoding.UTF8.GetString(Bytes(program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog")).TrimEnd('\0', '\n');
                throw new KernelException(
                    $"{source.File} does not compile for {target.Option} with NVRTC {Version} ({Reason(status)}): {log}"
                );
            }
            return target.IsVirtual
                ? Bytes(program, "nvrtcGetPTXSize", "nvrtcGetPTX")
                : Bytes(program, "nvrtcGetCUBINSize", "nvrtcGetCUBIN");
        }
        finally
        {
            _ = ((delegate* unmanaged<nint*, int>)Function("nvrtcDestroyProgram"))(&program);
        }
    }

    private int Run(nint program, string[] options)
    {
        var texts = stackalloc byte*[options.Length];
        try
        {
            for (var i = 0; i < options.Length; i++)
                texts[i] = (byte*)Marshal.StringToCoTaskMemUTF8(options[i]);
            return ((delegate* unmanaged<nint, int, byte**, int>)Function("nvrtcCompileProgram"))(program, options.Length, texts);
        }
        finally
        {
            for (var i = 0; i < options.Length; i++)
                Marshal.FreeCoTaskMem((nint)texts[i]);
        }
    }

    private byte[] Bytes(nint program, string size, string get)
    {
        nuint count;
        Check(((delegate* unmanaged<nint, nuint*, int>)Function(size))(program, &count), size);
        var bytes = new byte[count];
        fixed (byte* start = bytes)
            Check(((delegate* unmanaged<nint, byte*, int>)Function(get))(program, start), get);
        return bytes;
    }

    private void Check(int status, string call)
    {
        if (status != 0)
            throw new KernelException($"{call} of {Path} returned {status} ({Reason(status)})");
    }

    private string Reason(int status) =>
        Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<int, byte*>)Function("nvrtcGetErrorString"))(status)) ?? "unknown";

    private nint Function(string name) =>
        NativeLibrary.TryGetExport(_library, name, out var address)
            ? address
            : throw new KernelException($"{Path} has no {name}: it is not NVRTC, or is older than {Oldest}");

    private static byte[] Utf8(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}
