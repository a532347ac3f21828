using System.Buffers.Text;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Shared;

/// <summary>A small wheel made for a test: a zip file with METADATA, RECORD and what the test puts in.</summary>
internal sealed class WheelMaker(string file)
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly List<string> _needs = [];

    public string File { get; } = file;

    /// <summary>Type bits of Unix for every file, for example 0xA000 of a link; 0 for none.</summary>
    public int UnixType { get; set; }

    /// <summary>True to write sums into RECORD that are not those of the files.</summary>
    public bool HasFalseRecord { get; set; }

    /// <summary>A torch of a version and architecture, with the CUDA library where the version names CUDA.</summary>
    public static WheelMaker Torch(string version, string machine = "x86_64", string python = "cp312")
    {
        var wheel = new WheelMaker($"torch-{version}-{python}-{python}-manylinux_2_28_{machine}.whl")
            .With("torch/version.py", $"__version__ = '{version}'\n")
            .With("torch/lib/libtorch_cpu.so", $"cpu of {version}")
            .With("torch/lib/libc10.so", "c10")
            .With("torch/lib/libtorch_python.so", "needs Python")
            .With("torch/nn/__init__.py", "raise SystemError\n")
            .With("torch/lib/readme.txt", "no library");
        return version.Contains("+cu", StringComparison.Ordinal) ? wheel.With("torch/lib/libtorch_cuda.so", $"cuda of {version}") : wheel;
    }

    /// <summary>A package of NVIDIA's with one library.</summary>
    public static WheelMaker Nvidia(string project, string version, string library, string machine = "x86_64") =>
        new WheelMaker($"{project.Replace('-', '_')}-{version}-py3-none-manylinux2014_{machine}.manylinux_2_17_{machine}.whl")
            .With($"nvidia/cu13/lib/{library}", $"{library} {version}")
            .With("nvidia/cu13/include/a.h", "header");

    public WheelMaker With(string path, string text) => With(path, Encoding.UTF8.GetBytes(text));

    public WheelMaker With(string path, byte[] bytes)
    {
        _files[path] = bytes;
        return this;
    }

    /// <summary>A line Requires-Dist.</summary>
    public WheelMaker Needing(string requirement)
    {
        _needs.Add(requirement);
        return this;
    }

    public string Metadata =>
        "Metadata-Version: 2.1\nName: "
        + $"made\n{string.Concat(_needs.Select(need => $"Requires-Dist: {need}\n"))}\nRequires-Dist: not-one==1\n";

    public byte[] Bytes()
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            var record = new StringBuilder();
            foreach (var (path, bytes) in _files)
            {
                Add(zip, path, bytes).ExternalAttributes = UnixType << 16;
                record.Append($"{path},sha256={Base64Url.EncodeToString(SHA256.HashData(HasFalseRecord ? [1] : bytes))},{bytes.Length}\n");
            }
            Add(zip, "made-1.dist-info/METADATA", Encoding.UTF8.GetBytes(Metadata));
            Add(zip, "made-1.dist-info/RECORD", Encoding.UTF8.GetBytes(record.ToString()));
        }
        return memory.ToArray();
    }

    private static ZipArchiveEntry Add(ZipArchive zip, string path, byte[] bytes)
    {
        // Stored as they are, so that a wheel's size is that of its files.
        var entry = zip.CreateEntry(path, CompressionLevel.NoCompression);
        entry.LastWriteTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero); // one wheel has one sum, whenever it is made
        using var stream = entry.Open();
        stream.Write(bytes);
        return entry;
    }
}
