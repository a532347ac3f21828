using System.Security.Cryptography;
using System.Text;

namespace Litre.Server.Requests;

/// <summary>Identifies the content of a checkpoint or an adapter. Large files are sampled, so that a 60 GB model takes a second.</summary>
internal static class FolderFingerprint
{
    private const long WholeBytes = 256L << 20;
    private const int Samples = 16;
    private const int SampleBytes = 1 << 20;
    private const int Digits = 16;

    private static readonly string[] Endings = [".safetensors", ".json"];

    /// <summary>16 hexadecimal digits; null if the folder cannot be read.</summary>
    public static string? Of(string folder)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var file in Files(folder))
                Add(hash, file);
            return Convert.ToHexStringLower(hash.GetHashAndReset())[..Digits];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory
            .EnumerateFiles(folder)
            .Where(f => Endings.Contains(Path.GetExtension(f)))
            .OrderBy(f => Path.GetFileName(f), StringComparer.Ordinal);

    private static void Add(IncrementalHash hash, string file)
    {
        using var handle = File.OpenHandle(file, options: FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(handle);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetFileName(file)} {length}\n"));
        var buffer = new byte[SampleBytes];
        if (length <= WholeBytes)
        {
            for (long at = 0; at < length; )
            {
                var read = RandomAccess.Read(handle, buffer, at);
                if (read == 0)
                    break;
                hash.AppendData(buffer, 0, read);
                at += read;
            }
            return;
        }
        for (var i = 0; i < Samples; i++)
            hash.AppendData(buffer, 0, RandomAccess.Read(handle, buffer, (length - SampleBytes) / (Samples - 1) * i));
    }
}
