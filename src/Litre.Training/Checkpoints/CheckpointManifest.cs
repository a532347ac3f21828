using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Litre.Training.Checkpoints;

/// <summary>
/// The list of a checkpoint's files. It is sealed with the hash of its own text, so that a byte changed in the list is
/// noticed as well as one changed in a file.
/// </summary>
internal sealed record CheckpointManifest
{
    public const string FileName = "manifest.json";

    private const int CurrentFormat = 1;

    // A list of some thousand files is far shorter; anything longer was not written by Litre.
    private const long LongestFile = 64L << 20;

    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>The version of this program with the commit it was built from; empty if the build does not contain it.</summary>
    public static string ThisVersion { get; } =
        typeof(CheckpointManifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    public int FormatVersion { get; init; } = CurrentFormat;

    public string LitreVersion { get; init; } = "";

    public int Step { get; init; }

    public IReadOnlyList<ManifestFile> Files { get; init; } = [];

    /// <summary>SHA-256 of this text with an empty seal.</summary>
    public string Seal { get; init; } = "";

    /// <summary>Lists and hashes all files of a folder.</summary>
    public static CheckpointManifest Of(string folder, int step, DurableFileSystem disk) =>
        new()
        {
            LitreVersion = ThisVersion,
            Step = step,
            Files =
            [
                .. DurableFileSystem
                    .Files(folder)
                    .Select(name => Path.Combine(folder, name))
                    .Select(path => new ManifestFile(
                        Path.GetRelativePath(folder, path).Replace('\\', '/'),
                        new FileInfo(path).Length,
                        disk.Hash(path)
                    )),
            ],
        };

    /// <summary>The text of the file, sealed.</summary>
    public byte[] ToBytes()
    {
        var open = Serialize(this with { Seal = "" });
        return Serialize(this with { Seal = Convert.ToHexStringLower(SHA256.HashData(open)) });
    }

    /// <summary>Reads a folder's list; if it cannot be trusted, returns null and the <paramref name="reason"/>.</summary>
    public static CheckpointManifest? Read(string folder, out string reason)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(path))
                return Fail($"{FileName} is missing", out reason);
            if (new FileInfo(path).Length > LongestFile)
                return Fail($"{FileName} is larger than the list of any checkpoint can be", out reason);
            var bytes = File.ReadAllBytes(path);
            var format = Format(bytes);
            if (format > CurrentFormat)
                return Fail(
                    $"{FileName} has format {format}, which a newer version of Litre wrote; this version reads "
                        + $"formats up to {CurrentFormat}",
                    out reason
                );
            var manifest = JsonSerializer.Deserialize<CheckpointManifest>(bytes, Layout);
            if (manifest?.Files is null || !bytes.AsSpan().SequenceEqual(manifest.ToBytes()))
                return Fail($"{FileName} was modified: its content does not match its seal", out reason);
            reason = "";
            return manifest;
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException or InvalidOperationException or NullReferenceException)
        {
            return Fail($"{FileName} is damaged ({e.Message.ReplaceLineEndings(" ")})", out reason);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail($"{FileName} cannot be read ({e.Message})", out reason);
        }
    }

    /// <summary>The first difference between a folder and its list, with the name of the file; null if there is none.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="disk">Reads the files.</param>
    /// <param name="content">False to compare only names and sizes.</param>
    /// <param name="manifest">The list, if it could be read.</param>
    public static string? FindDamage(string folder, DurableFileSystem disk, bool content, out CheckpointManifest? manifest)
    {
        manifest = Read(folder, out var reason);
        if (manifest is null)
            return reason;
        try
        {
            var there = DurableFileSystem.Files(folder).Where(name => name != FileName).ToHashSet(StringComparer.Ordinal);
            foreach (var file in manifest.Files)
            {
                if (!there.Remove(file.Name))
                    return $"{file.Name} is missing";
                var path = Path.Combine(folder, file.Name);
                var bytes = new FileInfo(path).Length;
                if (bytes != file.Bytes)
                    return $"{file.Name} has {bytes} bytes, but {FileName} lists {file.Bytes}";
                if (content && disk.Hash(path) is var hash && hash != file.Sha256)
                    return $"{file.Name} has SHA-256 {hash}, but {FileName} lists {file.Sha256}";
            }
            return there.Count > 0 ? $"{there.Order(StringComparer.Ordinal).First()} is not listed in {FileName}" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"a file cannot be read ({e.Message})";
        }
    }

    private static int Format(byte[] bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        return document.RootElement.TryGetProperty("format_version", out var value) && value.TryGetInt32(out var format) ? format : 0;
    }

    private static byte[] Serialize(CheckpointManifest manifest) => [.. JsonSerializer.SerializeToUtf8Bytes(manifest, Layout), (byte)'\n'];

    private static CheckpointManifest? Fail(string message, out string reason)
    {
        reason = message;
        return null;
    }
}

/// <summary>One file of a checkpoint.</summary>
/// <param name="Name">Path from the checkpoint's folder, with <c>/</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
internal sealed record ManifestFile(string Name, long Bytes, string Sha256);
