using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Litre.Access.Keys;

/// <summary>Secrets and their hashes.</summary>
internal static class KeySecret
{
    public const string Prefix = "sk-litre-";
    public const int HashBytes = SHA256.HashSizeInBytes;
    public const int SaltBytes = 16;

    // Longer texts are not secrets of this program, and hashing them would be work for nothing.
    private const int MaxLength = 256;

    /// <summary>A secret of 256 random bits.</summary>
    public static string Create() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static byte[] CreateSalt() => RandomNumberGenerator.GetBytes(SaltBytes);

    /// <summary>Whether a text has the form of a secret.</summary>
    public static bool IsPossible(string text) => text.Length <= MaxLength && text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>
    /// SHA-256 of salt and secret. A slow hash protects passwords, which can be guessed. A secret has 256 random bits, which cannot
    /// be guessed at any speed, and every request needs the hash. The salt makes equal secrets of two machines look different.
    /// </summary>
    public static byte[] Hash(ReadOnlySpan<byte> salt, string secret)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(Encoding.UTF8.GetBytes(secret));
        return hash.GetHashAndReset();
    }
}
