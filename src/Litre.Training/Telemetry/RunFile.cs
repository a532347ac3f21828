using System.Globalization;
using Litre.Torch;

namespace Litre.Training.Telemetry;

/// <summary>
/// A file of a run that grows by whole records. Each goes to the kernel at once, so that a killed process loses none.
/// Not thread-safe.
/// </summary>
internal sealed class RunFile : IDisposable
{
    private readonly FileStream _stream;

    /// <param name="path">Made where it is not there, with its folder.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public RunFile(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            _stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written ({e.Message}); check the folder or choose another --output", e);
        }
    }

    /// <exception cref="InputException">The disk is full or gone.</exception>
    public void Append(ReadOnlySpan<byte> record)
    {
        try
        {
            _stream.Write(record);
        }
        catch (IOException e)
        {
            throw new InputException(string.Create(CultureInfo.InvariantCulture,
                $"{_stream.Name}: writing {record.Length} bytes failed ({e.Message}); free space on the disk, then go on with --resume"), e);
        }
    }

    public void Dispose() => _stream.Dispose();
}
