using System.Globalization;

namespace Litre.Core.Files;

/// <summary>
/// A file of a run that grows by whole records. Each is passed to the kernel at once, so that a killed process loses none.
/// Not thread-safe.
/// </summary>
public sealed class RunFile : IDisposable
{
    // Lines wait in memory up to this size until a full disk has space again: a checkpoint must not be lost because of a line.
    private const int MaxPending = 4 << 20;

    private readonly FileStream _stream;
    private readonly MemoryStream _pending = new();
    private long _whole;

    /// <param name="path">Created with its folder if it does not exist.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public RunFile(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            _stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, 0);
            _whole = _stream.CanSeek ? _stream.Length : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written ({e.Message}); check the folder or choose another `output`", e);
        }
    }

    /// <summary>Appends a record; on a full disk it waits in memory for the next one, up to some MiB.</summary>
    /// <exception cref="InputException">The disk is not available, or has been full for too long.</exception>
    public void Append(ReadOnlySpan<byte> record)
    {
        _pending.Write(record);
        try
        {
            WritePending();
        }
        catch (IOException e) when (DiskSpace.IsFull(e) && _pending.Length < MaxPending)
        {
            // Written with the next record that fits.
        }
        catch (IOException e)
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_stream.Name}: writing {record.Length} bytes failed ({e.Message}); free disk space, then continue with `resume`"
                ),
                e
            );
        }
    }

    public void Dispose()
    {
        try
        {
            if (_pending.Length > 0 && _stream.CanWrite)
                WritePending();
        }
        catch (IOException)
        {
            // The run has ended and has reported that elsewhere.
        }
        _stream.Dispose();
    }

    // Half a line would be read as damage.
    private void CutToWhole()
    {
        try
        {
            if (!_stream.CanSeek || _stream.Length <= _whole)
                return;
            _stream.SetLength(_whole);
            _stream.Position = _whole;
        }
        catch (IOException)
        {
            // The first failure is the one to report.
        }
    }

    private void WritePending()
    {
        try
        {
            _stream.Write(_pending.GetBuffer().AsSpan(0, (int)_pending.Length));
            _whole += _pending.Length;
            _pending.SetLength(0);
        }
        catch (IOException)
        {
            CutToWhole();
            throw;
        }
    }
}
