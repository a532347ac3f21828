using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Litre.Core;
using Litre.Core.Files;

namespace Litre.Kernels;

/// <summary>
/// Compiled kernels on disk, each under the hash of everything that it depends on. A file consists of a marker, the SHA-256 of the
/// rest, and the compiled code. A damaged file counts as absent; if the folder cannot be written, kernels are compiled again.
/// </summary>
/// <param name="folder">Their folder; created if it is missing. Empty for no cache.</param>
internal sealed class KernelCache(string folder)
{
    private static readonly byte[] Mark = "LITREK1\n"u8.ToArray();

    private static int HeaderBytes => Mark.Length + sizeof(long) + SHA256.HashSizeInBytes;

    /// <summary>The user's cache folder; empty if the user has no home folder.</summary>
    public static string DefaultFolder =>
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
            ? Path.Combine(home, ".litre", "kernels")
            : "";

    /// <summary>The file name of a compilation, which depends on its source, target, options and compiler.</summary>
    public static string KeyOf(KernelSource source, KernelTarget target, IEnumerable<string> options, Version compiler) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [source.Hash, target.Option, compiler.ToString(), .. options])))
        );

    public string PathOf(string key) => Path.Combine(folder, key + ".cubin");

    /// <summary>The stored code, or null if it is absent or damaged.</summary>
    public byte[]? Read(string key)
    {
        if (folder.Length == 0)
            return null;
        try
        {
            var file = File.ReadAllBytes(PathOf(key));
            if (file.Length <= HeaderBytes || !file.AsSpan().StartsWith(Mark))
                return null;
            var code = file.AsSpan(HeaderBytes);
            return
                BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(Mark.Length)) == code.Length
                && SHA256.HashData(code).AsSpan().SequenceEqual(file.AsSpan(Mark.Length + sizeof(long), SHA256.HashSizeInBytes))
                ? code.ToArray()
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Stores compiled code, completely or not at all.</summary>
    /// <returns>Whether that succeeded.</returns>
    public bool TryWrite(string key, ReadOnlySpan<byte> code)
    {
        if (folder.Length == 0)
            return false;
        var file = new byte[HeaderBytes + code.Length];
        Mark.CopyTo(file, 0);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(Mark.Length), code.Length);
        SHA256.HashData(code, file.AsSpan(Mark.Length + sizeof(long)));
        code.CopyTo(file.AsSpan(HeaderBytes));
        try
        {
            AtomicFile.Write(PathOf(key), file.Length, stream => stream.Write(file));
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }
}
