using System.Buffers.Text;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Litre.Core;

namespace Litre.Machine.Setup;

/// <summary>
/// A wheel on this machine, from which only shared libraries and the file with torch's version are extracted. A wheel is a
/// zip file from an external source, so its names, links and sizes are not trusted.
/// </summary>
internal sealed partial class WheelFile : IDisposable
{
    private const long LargestFile = 16L << 30; // bytes unpacked; the largest library of CUDA is below one GiB
    private const int LargestText = 64 << 20; // bytes of METADATA and RECORD
    private const int UnixTypeMask = 0xF000;
    private const int UnixRegular = 0x8000;

    private readonly string _path;
    private readonly ZipArchive _zip;

    private WheelFile(string path, ZipArchive zip)
    {
        _path = path;
        _zip = zip;
        foreach (var entry in zip.Entries)
        {
            var name = entry.FullName;
            if (name.StartsWith('/') || name.Contains('\\') || name.Split('/').Any(part => part is ".." or "."))
                throw Invalid($"contains the path {name}, which is outside of it");
        }
        SelectedEntries = [.. zip.Entries.Where(entry => LibraryPattern().IsMatch(entry.FullName))];
        foreach (var entry in SelectedEntries)
        {
            var type = entry.ExternalAttributes >> 16 & UnixTypeMask;
            if (type is not (0 or UnixRegular))
                throw Invalid($"{entry.FullName} in it is a link or not a regular file");
            if (entry.Length > LargestFile)
                throw Invalid($"{entry.FullName} in it would need {entry.Length} bytes");
        }
        if (SelectedEntries.Select(entry => entry.FullName).Distinct(StringComparer.Ordinal).Count() < SelectedEntries.Count)
            throw Invalid("contains a file twice");
    }

    /// <exception cref="InputException">Not a zip file, or one that a valid wheel never is.</exception>
    public static WheelFile Open(string path)
    {
        try
        {
            return new WheelFile(path, ZipFile.OpenRead(path));
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{path}: is not a complete wheel ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}); delete it and download it again",
                e
            );
        }
    }

    /// <summary>METADATA of a wheel.</summary>
    public static string ReadMetadata(string path)
    {
        using var wheel = Open(path);
        return wheel.ReadText("METADATA") ?? throw wheel.Invalid("has no METADATA");
    }

    /// <summary>Bytes that <see cref="Unpack"/> will write.</summary>
    public long UnpackedBytes => SelectedEntries.Sum(entry => entry.Length);

    private List<ZipArchiveEntry> SelectedEntries { get; }

    /// <summary>
    /// Writes the libraries below a folder under their paths in the wheel, each verified with the wheel's own list of checksums.
    /// </summary>
    public void Unpack(string folder, CancellationToken cancel)
    {
        var sums = ReadSums();
        foreach (var entry in SelectedEntries)
        {
            var target = Path.Combine(folder, entry.FullName);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var expected = sums.GetValueOrDefault(entry.FullName);
            if (File.Exists(target))
            {
                // Two wheels may contain the same library, but not different ones of the same name.
                if (Sum(target) != expected)
                    throw Invalid($"{entry.FullName} in it differs from the same file in another wheel");
                continue;
            }
            var sum = Copy(entry, target, cancel);
            if (expected is not null && sum != expected)
                throw Invalid($"{entry.FullName} in it does not match its RECORD");
        }
    }

    public void Dispose() => _zip.Dispose();

    /// <summary>
    /// Returns the SHA-256 in RECORD's format. Errors of the disk pass unchanged; those of the zip file are reported as the wheel's.
    /// </summary>
    private string Copy(ZipArchiveEntry entry, string target, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var output = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[1 << 20];
        long written = 0;
        using var input = FromZip(entry, entry.Open);
        while (FromZip(entry, () => input.Read(block)) is var count and > 0)
        {
            cancel.ThrowIfCancellationRequested();
            written += count;
            if (written > entry.Length)
                throw Invalid($"{entry.FullName} in it is longer than declared");
            hash.AppendData(block, 0, count);
            output.Write(block, 0, count);
        }
        if (written < entry.Length)
            throw Invalid($"{entry.FullName} in it ends after {written} of {entry.Length} bytes");
        return Base64Url.EncodeToString(hash.GetHashAndReset());
    }

    private static string Sum(string path)
    {
        using var stream = File.OpenRead(path);
        return Base64Url.EncodeToString(SHA256.HashData(stream));
    }

    private Dictionary<string, string> ReadSums()
    {
        var sums = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in (ReadText("RECORD") ?? "").Split('\n'))
        {
            if (RecordLine().Match(line.TrimEnd('\r')) is { Success: true } match)
                sums[match.Groups["path"].Value] = match.Groups["sum"].Value;
        }
        return sums;
    }

    private string? ReadText(string name)
    {
        var entry = _zip.Entries.FirstOrDefault(entry =>
            InfoFolder().Match(entry.FullName) is { Success: true } match && match.Groups[1].Value == name
        );
        if (entry is null)
            return null;
        if (entry.Length > LargestText)
            throw Invalid($"{entry.FullName} in it would need {entry.Length} bytes");
        return FromZip(
            entry,
            () =>
            {
                using var reader = new BinaryReader(entry.Open());
                return Encoding.UTF8.GetString(reader.ReadBytes((int)entry.Length));
            }
        );
    }

    private T FromZip<T>(ZipArchiveEntry entry, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Invalid($"{entry.FullName} in it cannot be unpacked, {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}");
        }
    }

    private InputException Invalid(string reason) =>
        new($"{_path}: is not a trustworthy wheel ({reason}); delete it and download it again, from another index if the problem remains");

    // torch's binding for Python is omitted: it needs Python's own symbols and is never loaded.
    [GeneratedRegex(
        """^(?:torch/version\.py|torch/lib/(?!libtorch_python)[\w+.-]+\.so[\w.]*|(?:torch\.libs|nvidia/[\w-]+/lib)/[\w+.-]+\.so[\w.]*)$"""
    )]
    private static partial Regex LibraryPattern();

    [GeneratedRegex("""^[^/]+\.dist-info/(METADATA|RECORD)$""")]
    private static partial Regex InfoFolder();

    [GeneratedRegex("""^"?(?<path>[^",]+)"?,sha256=(?<sum>[\w-]{43}),\d*$""")]
    private static partial Regex RecordLine();
}
