using System.Security.Cryptography;
using System.Text;

namespace Litre.Kernels;

/// <summary>One file of kernels, as it is compiled: the shared header, then its own text.</summary>
internal sealed class KernelSource
{
    private const string Common = "common.cuh";

    private KernelSource(string file)
    {
        File = file;
        // The compiler's messages then refer to the lines of the file itself.
        Text = $"#line 1 \"{Common}\"\n{Read(Common)}\n#line 1 \"{file}\"\n{Read(file)}";
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
    }

    public static KernelSource SwiGlu { get; } = new("swiglu.cu");

    public static KernelSource Combine { get; } = new("combine.cu");

    public static KernelSource Heads { get; } = new("heads.cu");

    public static KernelSource Routing { get; } = new("routing.cu");

    public static KernelSource Norm { get; } = new("norm.cu");

    public static KernelSource Rotary { get; } = new("rotary.cu");

    public static KernelSource Grouped { get; } = new("grouped.cu");

    public static KernelSource Decode { get; } = new("decode.cu");

    public static KernelSource Lora { get; } = new("lora.cu");

    public static IReadOnlyList<KernelSource> All { get; } = [SwiGlu, Combine, Heads, Routing, Norm, Rotary, Grouped, Decode, Lora];

    /// <summary>Name of the file, such as <c>swiglu.cu</c>.</summary>
    public string File { get; }

    public string Text { get; }

    /// <summary>SHA-256 of the text, in hexadecimal digits.</summary>
    public string Hash { get; }

    private static string Read(string file)
    {
        using var stream =
            typeof(KernelSource).Assembly.GetManifestResourceStream("Litre.Kernels." + file)
            ?? throw new InvalidOperationException($"{file} is not part of this build");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
