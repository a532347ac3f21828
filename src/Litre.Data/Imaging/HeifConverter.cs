using Litre.Core;

namespace Litre.Data.Imaging;

/// <summary>
/// HEIC and AVIF through a converter installed on the system (libheif's, libavif's or ffmpeg), as a separate process:
/// their codecs are not shipped with Litre. Converted images are kept in memory up to a limit. Thread-safe.
/// </summary>
internal static class HeifConverter
{
    private const int TimeoutMs = 120_000;
    private const long MaxCachedBytes = 128L << 20;

    private static readonly string[] HeicBrands = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"];
    private static readonly string[] AvifBrands = ["avif", "avis"];

    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, byte[]> Cache = [];
    private static long _cachedBytes;

    /// <summary>"HEIC" or "AVIF" by the brands in the file's first box, null for anything else.</summary>
    public static string? Recognize(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < 16 || !encoded[4..].StartsWith("ftyp"u8))
            return null;
        var box = encoded[..(int)Math.Min((uint)encoded.Length, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(encoded))];
        var brands = new List<string>();
        for (var at = 8; at + 4 <= box.Length; at += 4)
            if (at != 12)
                brands.Add(System.Text.Encoding.Latin1.GetString(box.Slice(at, 4))); // the minor version is at 12
        if (brands.Exists(b => AvifBrands.Contains(b)))
            return "AVIF";
        return brands.Count > 0 && HeicBrands.Contains(brands[0]) ? "HEIC" : null;
    }

    /// <summary>The image as PNG, already rotated to its orientation.</summary>
    /// <exception cref="InputException">No converter is installed, or the image is damaged.</exception>
    public static byte[] ToPng(string name, byte[] encoded, string kind)
    {
        var key = ImageSource.ContentHash(encoded);
        lock (Gate)
            if (Cache.TryGetValue(key, out var known))
                return known;
        var png = Convert(name, encoded, kind);
        lock (Gate)
        {
            if (png.Length > MaxCachedBytes / 4)
                return png;
            if (_cachedBytes + png.Length > MaxCachedBytes)
            {
                Cache.Clear();
                _cachedBytes = 0;
            }
            if (Cache.TryAdd(key, png))
                _cachedBytes += png.Length;
        }
        return png;
    }

    private static byte[] Convert(string name, byte[] encoded, string kind)
    {
        var folder = Directory.CreateTempSubdirectory("litre-"); // readable by its owner only
        try
        {
            var (input, output) = (
                Path.Combine(folder.FullName, "in." + kind.ToLowerInvariant()),
                Path.Combine(folder.FullName, "out.png")
            );
            File.WriteAllBytes(input, encoded);
            var said = "";
            var found = false;
            foreach (var (program, arguments) in Converters(kind, input, output))
            {
                if (Run(program, arguments) is not { } errors)
                    continue;
                found = true;
                // For a file with several images, the first one is written with a number in its name.
                if (((string[])[output, Path.Combine(folder.FullName, "out-1.png")]).FirstOrDefault(File.Exists) is { } written)
                    return File.ReadAllBytes(written);
                said = $" ({program}: {ExternalProgram.Brief(errors)})";
            }
            throw found
                ? new InputException($"{name}: the {kind} image could not be converted{said}; copy it again, or save it as PNG or JPEG")
                : new InputException(
                    $"{name}: is a {kind} image, which needs a converter that is not installed; "
                        + $"install {(kind == "AVIF" ? "libavif-bin, libheif-examples" : "libheif-examples")} or "
                        + "ffmpeg (apt-get install), or save it as PNG or JPEG"
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{name}: the {kind} image could not be converted ({e.Message.ReplaceLineEndings(" ")}); check the "
                    + $"space in {Path.GetTempPath()}",
                e
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<(string Program, string[] Arguments)> Converters(string kind, string input, string output)
    {
        yield return ("heif-dec", [input, output]);
        yield return ("heif-convert", [input, output]);
        if (kind == "AVIF")
            yield return ("avifdec", [input, output]);
        yield return (
            "ffmpeg",
            ["-v", "error", "-nostdin", "-protocol_whitelist", "file", "-i", $"file:{input}", "-frames:v", "1", output]
        );
    }

    // Its error output; null if it is not installed.
    private static string? Run(string program, string[] arguments)
    {
        using var process = ExternalProgram.Start(program, arguments);
        if (process is null)
            return null;
        var errors = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        if (process.WaitForExit(TimeoutMs))
            return errors.Result;
        process.Kill();
        return $"did not finish within {TimeoutMs / 1000} s";
    }
}
