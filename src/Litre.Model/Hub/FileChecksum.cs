using System.Security.Cryptography;
using System.Text;

namespace Litre.Model.Hub;

/// <summary>The sum of a file's content: SHA-256, or Git's own for small files (SHA-1 over a header and the content).</summary>
/// <param name="Hex">The sum in lower case: 64 digits of SHA-256, or 40 of Git.</param>
public sealed record FileChecksum(string Hex)
{
    private const int Sha256Digits = 64;
    private const int GitDigits = 40;

    /// <summary>The sum in a hub's text, such as an ETag; null if the text is not a sum.</summary>
    public static FileChecksum? Parse(string? text)
    {
        text = text?.Trim();
        if (text?.StartsWith("W/", StringComparison.Ordinal) == true)
            text = text[2..];
        text = text?.Trim('"').ToLowerInvariant();
        if (text?.StartsWith("sha256:", StringComparison.Ordinal) == true)
            text = text[7..];
        return text is { Length: Sha256Digits or GitDigits } && text.All(char.IsAsciiHexDigitLower) ? new FileChecksum(text) : null;
    }

    /// <summary>Reads a file and compares its sum.</summary>
    public async Task<bool> MatchesAsync(string path, CancellationToken cancel)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        if (Hex.Length == Sha256Digits)
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel)) == Hex;
        // Git identifies content this way; here, the sum only detects transmission errors and has no security purpose.
#pragma warning disable CA5350
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        sum.AppendData(Encoding.ASCII.GetBytes($"blob {stream.Length}\0"));
        var block = new byte[1 << 20];
        while (await stream.ReadAsync(block, cancel) is var count and > 0)
            sum.AppendData(block, 0, count);
        return Convert.ToHexStringLower(sum.GetHashAndReset()) == Hex;
    }

    public override string ToString() => Hex;
}
