using System.Security.Cryptography;
using Litre.Core;

namespace Litre.Data.Imaging;

/// <summary>The location of an image's bytes: in a file, in part of a file, or in memory. Thread-safe.</summary>
public sealed record ImageSource
{
    private readonly ReadOnlyMemory<byte>? _bytes;
    private readonly long _offset;
    private readonly long _length = -1;
    private string? _hash; // of bytes in memory, which many tiles request

    private ImageSource(string name, string? path, ReadOnlyMemory<byte>? bytes) => (Name, Path, _bytes) = (name, path, bytes);

    private ImageSource(string name, string path, long offset, long length)
        : this(name, path, null) => (_offset, _length) = (offset, length);

    /// <summary>The image's name in messages: its path, or the location where it is embedded.</summary>
    public string Name { get; private init; }

    /// <summary>The part shown of a larger image; null for the whole. The bytes are always the whole image's.</summary>
    public ImageView? View { get; private init; }

    /// <summary>The file with the bytes; null for an image in memory.</summary>
    public string? Path { get; }

    /// <summary>The size that the data request; null if they request none.</summary>
    public PixelSettings? Settings { get; init; }

    /// <summary>True if the image is a separate file.</summary>
    public bool IsFile => Path != null && _length < 0;

    /// <summary>
    /// A key that changes with the bytes: their location and time of writing, or their hash if they are in memory.
    /// </summary>
    public string Key =>
        View is { } view ? $"{view.Page.Key} {view}"
        : Path is null ? _hash ??= ContentHash(_bytes!.Value.Span)
        : $"{Path}:{_offset}+{_length} {File.GetLastWriteTimeUtc(Path).Ticks}";

    public static ImageSource FromFile(string path) => new(path, path, null);

    public static ImageSource FromBytes(string name, ReadOnlyMemory<byte> bytes) => new(name, null, bytes);

    public static ImageSource FromPart(string name, string path, long offset, long length) => new(name, path, offset, length);

    /// <summary>A part of this image, which must be a whole one.</summary>
    /// <param name="name">The name of the part, such as <c>tile 3 of 12</c>.</param>
    /// <param name="size">The size of the upright image when it was read.</param>
    /// <param name="region">The region within it.</param>
    /// <param name="maximumPixels">Maximum number of pixels at which the part is shown; null for the processor's limit.</param>
    public ImageSource Part(string name, (int Width, int Height) size, ImageRegion region, long? maximumPixels = null) =>
        this with
        {
            Name = $"{Name} ({name})",
            Settings = null,
            View = new ImageView(View?.Page ?? this, size, region, maximumPixels),
        };

    /// <summary>The encoded image.</summary>
    /// <exception cref="InputException">It is missing, unreadable, empty or larger than the limit.</exception>
    public byte[] ReadBytes(ImageLimits limits)
    {
        if (_bytes is { } memory)
        {
            CheckLength(memory.Length, limits);
            return memory.ToArray();
        }
        try
        {
            if (File.GetAttributes(Path!).HasFlag(FileAttributes.Directory))
                throw new InputException($"{Name}: is a folder, expected an image; name a file");
            // Pipes and devices report 0 bytes; opening one could block forever.
            if (_length < 0)
                CheckLength(LengthOf(Path!), limits);
            using var handle = File.OpenHandle(Path!, options: FileOptions.SequentialScan);
            var length = _length >= 0 ? _length : RandomAccess.GetLength(handle);
            CheckLength(length, limits);
            var bytes = new byte[length];
            var done = 0;
            while (done < bytes.Length)
            {
                var read = RandomAccess.Read(handle, bytes.AsSpan(done), _offset + done);
                if (read == 0)
                    throw new InputException(
                        $"{Name}: the file ended after {done} of {length} bytes; it changed while it was read, try again"
                    );
                done += read;
            }
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{Name}: no such image; check the path and that the images were downloaded", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new InputException(
                $"{Name}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); check the file and its permissions",
                e
            );
        }
    }

    /// <summary>SHA-256 of the bytes, in hexadecimal; a separate file is read in blocks and may have any size.</summary>
    /// <exception cref="InputException">They cannot be read.</exception>
    public string ContentHash(ImageLimits limits)
    {
        if (View is { } view)
            return view.ContentHash(limits);
        if (!IsFile)
            return ContentHash(ReadBytes(limits));
        try
        {
            using var stream = new FileStream(
                Path!,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                0,
                FileOptions.SequentialScan
            );
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{Name}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); check the file and its permissions",
                e
            );
        }
    }

    /// <summary>SHA-256 of the encoded image, in hexadecimal.</summary>
    public static string ContentHash(ReadOnlySpan<byte> encoded) => Convert.ToHexStringLower(SHA256.HashData(encoded));

    /// <summary>Size of a file, or of a link's target, in bytes; 0 for pipes and devices.</summary>
    internal static long LengthOf(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: true) is FileInfo target ? target.Length : new FileInfo(path).Length;

    public override string ToString() => Name;

    private void CheckLength(long length, ImageLimits limits)
    {
        if (length == 0)
            throw new InputException($"{Name}: is empty (0 bytes), expected an image; copy or download it again");
        if (length > limits.MaximumBytes)
            throw new InputException($"{Name}: has {length} bytes, the limit is {limits.MaximumBytes}; save it smaller");
    }
}
