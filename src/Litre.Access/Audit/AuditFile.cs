using System.Security.Cryptography;

namespace Litre.Access.Audit;

/// <summary>A file with its content's hash.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">The SHA-256 of its content, in hexadecimal digits.</param>
public sealed record AuditFile(string Path, long Bytes, string Sha256)
{
    /// <summary>Reads a file and computes its hash.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no permission to read it.</exception>
    public static AuditFile Of(string path)
    {
        using var stream = File.OpenRead(path);
        return new AuditFile(path, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
