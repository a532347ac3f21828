using Litre.Core;
using Litre.Core.Json;
using Litre.Torch;
using Microsoft.Win32.SafeHandles;

namespace Litre.Model.Files;

/// <summary>
/// One open .safetensors file. The whole header is checked when it is opened, before any tensor is allocated. Reads are positioned and
/// keep no state, so they are thread-safe; nothing is memory-mapped, because on unified memory a mapping would occupy memory in
/// addition to the tensor into which it is copied.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>A single read call moves at most this much: the system call itself stops below 2 GiB.</summary>
    private const int ChunkBytes = 1 << 30;

    private readonly SafeFileHandle _handle;

    private SafetensorsFile(
        string path,
        SafeFileHandle handle,
        Dictionary<string, string> metadata,
        Dictionary<string, TensorEntry> tensors
    )
    {
        Path = path;
        _handle = handle;
        Bytes = RandomAccess.GetLength(handle);
        Metadata = metadata;
        Tensors = tensors;
    }

    public string Path { get; }

    /// <summary>Length of the file in bytes; the header was checked against it.</summary>
    public long Bytes { get; }

    /// <summary>The header's <c>__metadata__</c>; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Every tensor by its key.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="InputException">The file is missing, damaged or truncated, or contains an unsupported type.</exception>
    public static SafetensorsFile Open(string path)
    {
        // The bytes are passed on unchanged; every platform of .NET 10 with a libtorch is little-endian.
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("safetensors needs a little-endian machine");
        var handle = FileReading.Open(path);
        try
        {
            var (metadata, tensors) = SafetensorsHeader.Read(handle, path);
            return new SafetensorsFile(path, handle, metadata, tensors);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole tensor; <paramref name="destination"/> must be exactly its size.</summary>
    public void Read(TensorEntry entry, Span<byte> destination)
    {
        CheckSize(entry, destination.Length);
        FileReading.ReadExactly(_handle, Path, destination, entry.Offset);
    }

    /// <summary>Reads part of a tensor, from byte <paramref name="start"/> of it on.</summary>
    public void ReadPart(TensorEntry entry, long start, Span<byte> destination)
    {
        CheckOwner(entry);
        if (start < 0 || start > entry.Bytes - destination.Length)
            throw new ArgumentOutOfRangeException(
                nameof(start),
                $"{entry.Name}: bytes {start} to {start + destination.Length} of {entry.Bytes}"
            );
        FileReading.ReadExactly(_handle, Path, destination, entry.Offset + start);
    }

    /// <summary>Reads a whole tensor of any size, above 2 GiB too, to unmanaged memory of <paramref name="bytes"/> bytes.</summary>
    public unsafe void Read(TensorEntry entry, nint destination, long bytes)
    {
        CheckSize(entry, bytes);
        for (var done = 0L; done < bytes; )
        {
            var chunk = (int)Math.Min(ChunkBytes, bytes - done);
            FileReading.ReadExactly(_handle, Path, new Span<byte>((byte*)destination + done, chunk), entry.Offset + done);
            done += chunk;
        }
    }

    /// <summary>Opens the same file again, for reading it in blocks.</summary>
    internal BlockFile OpenBlocks(ReadMethod method) => new(Path, _handle, Bytes, method);

    public void Dispose() => _handle.Dispose();

    private void CheckSize(TensorEntry entry, long bytes)
    {
        CheckOwner(entry);
        if (bytes != entry.Bytes)
            throw new ArgumentException($"{entry.Name}: the destination has {bytes} bytes, the tensor {entry.Bytes}");
    }

    private void CheckOwner(TensorEntry entry)
    {
        if (entry.File != Path)
            throw new ArgumentException($"{entry.Name} is in {entry.File}, not in {Path}");
    }
}

/// <summary>One tensor of a safetensors file: what it is and where its bytes are. Row-major, little-endian.</summary>
/// <param name="Name">The checkpoint key.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
/// <param name="File">Path of the file that contains it.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="Bytes">Length in bytes: the product of the sizes times the element's size.</param>
public sealed record TensorEntry(string Name, DType DType, long[] Shape, string File, long Offset, long Bytes);
