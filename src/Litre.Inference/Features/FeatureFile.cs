using System.Buffers.Binary;
using System.Security.Cryptography;
using Litre.Model.Vision;
using Litre.Torch;
using Microsoft.Win32.SafeHandles;

namespace Litre.Inference.Features;

/// <summary>
/// The vision features of one image, as a file: a header of 64 bytes (a mark, the key, type, tensors, rows, width), the tensors'
/// elements one after the other, and the SHA-256 of all that. Numbers are little-endian.
/// </summary>
internal static class FeatureFile
{
    private const int HeaderBytes = 64;
    private const int BlockBytes = 1 << 24;

    private static ReadOnlySpan<byte> Mark => "LITREFT1"u8;

    /// <summary>Size of a file for features of the given size.</summary>
    public static long BytesOf(long featureBytes) => HeaderBytes + featureBytes + SHA256.HashSizeInBytes;

    /// <param name="file">New and open for writing.</param>
    /// <param name="key">32 bytes in hexadecimal.</param>
    /// <param name="features">Dense, on the host.</param>
    public static void Write(SafeFileHandle file, string key, VisionOutput features)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var at = 0L;
        Put(Header(key, features));
        foreach (var tensor in Tensors(features))
        {
            for (var start = 0L; start < tensor.Bytes; start += BlockBytes)
                Put(Block(tensor, start));
        }
        RandomAccess.Write(file, hash.GetHashAndReset(), at);

        void Put(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            RandomAccess.Write(file, bytes, at);
            at += bytes.Length;
        }
    }

    /// <summary>Reads a file's elements into tensors.</summary>
    /// <param name="file">Open for reading.</param>
    /// <param name="key">The key of the requested image.</param>
    /// <param name="features">Dense, on the host, with the requested sizes; overwritten.</param>
    /// <returns>Why the file cannot be used, or null.</returns>
    public static string? Read(SafeFileHandle file, string key, VisionOutput features)
    {
        var (length, expected) = (RandomAccess.GetLength(file), BytesOf(features.Bytes));
        if (length != expected)
            return $"has {length} bytes, expected {expected}";
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> header = stackalloc byte[HeaderBytes],
            sum = stackalloc byte[SHA256.HashSizeInBytes],
            found = stackalloc byte[SHA256.HashSizeInBytes];
        var at = 0L;
        if (!Get(header))
            return "is incomplete";
        if (!header.SequenceEqual(Header(key, features)))
            return "belongs to another image, model or version";
        hash.AppendData(header);
        foreach (var tensor in Tensors(features))
        {
            for (var start = 0L; start < tensor.Bytes; start += BlockBytes)
            {
                var block = Block(tensor, start);
                if (!Get(block))
                    return "is incomplete";
                hash.AppendData(block);
            }
        }
        if (!Get(sum))
            return "is incomplete";
        hash.GetHashAndReset(found);
        return found.SequenceEqual(sum) ? null : "does not match its SHA-256";

        bool Get(Span<byte> bytes)
        {
            for (int read; bytes.Length > 0; bytes = bytes[read..], at += read)
            {
                read = RandomAccess.Read(file, bytes, at);
                if (read == 0)
                    return false;
            }
            return true;
        }
    }

    private static byte[] Header(string key, VisionOutput features)
    {
        var header = new byte[HeaderBytes];
        Mark.CopyTo(header);
        Convert.FromHexString(key).CopyTo(header, 8);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(40), (int)features.Merged.DType);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(44), 1 + features.Deepstack.Count);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(48), features.Merged.Size(0));
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(56), features.Merged.Size(1));
        return header;
    }

    private static IEnumerable<Tensor> Tensors(VisionOutput features) => features.Deepstack.Prepend(features.Merged);

    private static unsafe Span<byte> Block(Tensor tensor, long start)
    {
        if (tensor.Device.Type != DeviceType.Cpu || !tensor.IsContiguous)
            throw new ArgumentException($"{tensor} is not contiguous host memory");
        return new Span<byte>((byte*)tensor.DataPointer + start, (int)Math.Min(BlockBytes, tensor.Bytes - start));
    }
}
