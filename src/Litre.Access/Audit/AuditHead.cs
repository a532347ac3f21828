using System.Text.Json;

namespace Litre.Access.Audit;

/// <summary>The end of an audit log.</summary>
/// <param name="Count">The number of lines in all files.</param>
/// <param name="Sha256">The hash of the last line, in hexadecimal digits; zeros if there is none.</param>
/// <param name="File">The name of the file that contains it.</param>
/// <param name="Length">The length of that file, in bytes.</param>
public sealed record AuditHead(long Count, string Sha256, string File, long Length)
{
    internal const string FileName = "head.json";

    // Written over itself in one piece: always the same size, in one sector.
    private const int Size = 256;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    internal static AuditHead Empty { get; } = new(0, AuditLine.NoHash, AuditFiles.NameOf(1), 0);

    /// <summary>The head of a folder; null if there is none, or if it is damaged.</summary>
    internal static AuditHead? Read(string folder)
    {
        try
        {
            var head = JsonSerializer.Deserialize<AuditHead>(System.IO.File.ReadAllBytes(Path.Combine(folder, FileName)), Json);
            return head is not null && head.Sha256.Length == AuditLine.NoHash.Length && AuditFiles.IsName(head.File) ? head : null;
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The bytes of the file.</summary>
    internal byte[] ToBytes()
    {
        var bytes = new byte[Size];
        var text = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        text.CopyTo(bytes, 0);
        bytes.AsSpan(text.Length).Fill((byte)' ');
        bytes[^1] = (byte)'\n';
        return bytes;
    }
}
