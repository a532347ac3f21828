using Litre.Data.Imaging;

namespace Litre.Data.Formats;

/// <summary>
/// Images embedded in rows: in memory up to a limit, beyond it in a temporary file that is deleted on disposal.
/// Thread-safe.
/// </summary>
internal sealed class EmbeddedImages(long memoryBytes) : IDisposable
{
    private readonly Lock _gate = new();
    private FileStream? _spill;
    private long _held;

    public ImageSource Add(string name, byte[] bytes)
    {
        lock (_gate)
        {
            if (_held + bytes.Length <= memoryBytes)
            {
                _held += bytes.Length;
                return ImageSource.FromBytes(name, bytes);
            }
            _spill ??= Spill();
            var offset = _spill.Length;
            _spill.Position = offset;
            _spill.Write(bytes);
            _spill.Flush();
            return ImageSource.FromPart(name, _spill.Name, offset, bytes.Length);
        }
    }

    public void Dispose() => _spill?.Dispose();

    // Readable by its owner only: it contains user data, in a folder that others write to as well.
    private static FileStream Spill()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            Options = FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Path.Combine(Path.GetTempPath(), $"litre-images-{Guid.NewGuid():N}.tmp"), options);
    }
}
