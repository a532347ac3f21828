using System.Runtime.InteropServices;

namespace Litre.Training.Diagnosis;

/// <summary>
/// Catches what native code writes to standard error while it is open, since libtorch says there, and only there, why an
/// operator failed. Not thread-safe: there is one standard error.
/// </summary>
internal sealed partial class ErrorStream : IDisposable
{
    private const string Library = "libc";
    private const int StandardError = 2;

    private readonly FileStream _file;
    private readonly int _saved;

    public ErrorStream()
    {
        _file = new FileStream(
            Path.Combine(Path.GetTempPath(), $".litre-stderr-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, 0, FileOptions.DeleteOnClose);
        _saved = Duplicate(StandardError);
        if (_saved >= 0) _ = Duplicate((int)_file.SafeFileHandle.DangerousGetHandle(), StandardError);
    }

    /// <summary>What was written so far.</summary>
    public string Text()
    {
        _file.Position = 0;
        using var reader = new StreamReader(_file, leaveOpen: true);
        return reader.ReadToEnd();
    }

    public void Dispose()
    {
        if (_saved >= 0)
        {
            _ = Duplicate(_saved, StandardError);
            _ = Close(_saved);
        }
        _file.Dispose();
    }

    [LibraryImport(Library, EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport(Library, EntryPoint = "dup2")]
    private static partial int Duplicate(int descriptor, int target);

    [LibraryImport(Library, EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
