using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Litre.Model.Files;

namespace Litre.Training.Checkpoints;

/// <summary>
/// Every change that checkpoints make to a file system, one method for each, so that a test can interrupt a write before any of them,
/// as if the process were killed. Not thread-safe.
/// </summary>
/// <param name="before">Called with the operation and its path before each one; if it throws, the operation is not done.</param>
internal sealed partial class DurableFileSystem(Action<string, string>? before = null)
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Whether two folders can be exchanged in one step; off in a test, and if the file system cannot do it.</summary>
    internal bool CanExchange { get; init; } = true;

    /// <summary>Files below a folder by their path from it, with <c>/</c>, in ordinal order.</summary>
    public static List<string> Files(string folder) =>
        [
            .. Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
                .Order(StringComparer.Ordinal),
        ];

    public void CreateFolder(string folder)
    {
        before?.Invoke("create", folder);
        Directory.CreateDirectory(folder);
    }

    /// <summary>Writes a new small file and flushes it.</summary>
    public void WriteFile(string path, ReadOnlySpan<byte> content)
    {
        before?.Invoke("write", path);
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        stream.Write(content);
        before?.Invoke("flush", path);
        stream.Flush(flushToDisk: true);
    }

    public void CopyFile(string source, string target)
    {
        before?.Invoke("copy", target);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var input = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        using var output = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        input.CopyTo(output, BufferBytes);
        before?.Invoke("flush", target);
        output.Flush(flushToDisk: true);
    }

    /// <summary>Creates a hard link, or a copy if the file system has no hard links.</summary>
    public void LinkOrCopy(string source, string target)
    {
        before?.Invoke("link", target);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (Link(source, target) != 0)
            CopyFile(source, target);
    }

    /// <summary>Forces what was written to a file onto the disk.</summary>
    public void FlushFile(string path)
    {
        before?.Invoke("flush", path);
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Forces a folder's entries onto the disk, those of its subfolders first.</summary>
    public void FlushTree(string folder)
    {
        foreach (var inner in Directory.EnumerateDirectories(folder))
            FlushTree(inner);
        FlushFolder(folder);
    }

    /// <summary>Forces a folder's entries onto the disk, so that names in it survive a power cut.</summary>
    public void FlushFolder(string folder)
    {
        before?.Invoke("flush", folder);
        var descriptor = Open(folder, OpenReadOnly | OpenCloseOnExec);
        if (descriptor < 0)
            throw Failure(folder, "opening the folder");
        try
        {
            // Some network file systems flush names on their own and refuse this call.
            if (Synchronize(descriptor) != 0 && Marshal.GetLastPInvokeError() is not (ErrorInvalid or ErrorNotSupported))
                throw Failure(folder, "flushing the folder");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    public void MoveFolder(string source, string target)
    {
        before?.Invoke("move", target);
        Directory.Move(source, target);
    }

    /// <summary>Exchanges two folders in one step, so that both names exist at all times; false if that is not possible.</summary>
    public bool TryExchange(string one, string other)
    {
        if (!CanExchange)
            return false;
        before?.Invoke("exchange", other);
        try
        {
            return Rename(CurrentFolder, one, CurrentFolder, other, RenameExchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // a C library older than 2018
        }
    }

    public void MoveFile(string source, string target)
    {
        before?.Invoke("move", target);
        File.Move(source, target, overwrite: true);
    }

    public void DeleteFile(string path)
    {
        before?.Invoke("delete", path);
        File.Delete(path);
    }

    /// <summary>Removes a folder file by file; a folder that is not there is not an error.</summary>
    public void DeleteFolder(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            DeleteFile(file);
        }
        before?.Invoke("delete", folder);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>
    /// SHA-256 of a file in lower-case hexadecimal, read from the disk rather than from memory if the kernel allows it.
    /// </summary>
    public string Hash(string path)
    {
        before?.Invoke("read", path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0, FileOptions.SequentialScan);
        PageCache.Drop(stream.SafeFileHandle);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        for (int read; (read = stream.Read(buffer)) > 0; )
            hash.AppendData(buffer, 0, read);
        // On machines whose CPU and GPU share memory, cached checkpoints would occupy what the next step needs.
        PageCache.Drop(stream.SafeFileHandle);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IOException Failure(string path, string operation)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{operation} failed: {Marshal.GetPInvokeErrorMessage(error)} : '{path}'", error);
    }
}
