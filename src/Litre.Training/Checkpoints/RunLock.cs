using System.Globalization;
using Litre.Core;

namespace Litre.Training.Checkpoints;

/// <summary>
/// Ensures that only one process at a time writes to a run folder. The kernel releases the lock when the process ends, even if it is
/// killed; the file itself is kept, because removing it would race with the next owner.
/// </summary>
public sealed class RunLock : IDisposable
{
    private const string FileName = ".lock";
    private const string OwnerName = ".lock-owner";

    // EWOULDBLOCK, the same number on x64 and arm64.
    private const int WouldBlock = 11;

    private readonly FileStream _held;

    private RunLock(FileStream held) => _held = held;

    /// <summary>Acquires the lock of a run folder, and creates the folder if it does not exist.</summary>
    /// <exception cref="InputException">Another process owns the lock, or the folder is not writable.</exception>
    public static RunLock Acquire(string runFolder)
    {
        FileStream held;
        try
        {
            Directory.CreateDirectory(runFolder);
            held = new FileStream(Path.Combine(runFolder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException(
                $"{runFolder}: no permission to write ({e.Message}); check the folder's permissions, or choose another `output`",
                e
            );
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new InputException(
                $"{runFolder}: another litre process is working on this run{Owner(runFolder)}; wait until it ends, or "
                    + "choose another `output`",
                e
            );
        }
        catch (IOException e)
        {
            throw new InputException($"{runFolder}: cannot be locked ({e.Message}); check the disk or choose another `output`", e);
        }
        WriteOwner(runFolder);
        return new RunLock(held);
    }

    /// <summary>Whether a file in a run's folder belongs to the lock.</summary>
    /// <param name="name">The file name without its folder.</param>
    internal static bool IsOwn(string name) => name is FileName or OwnerName;

    /// <summary>The process on this machine that acquired the lock last, if it is still running; otherwise null.</summary>
    public static int? FindLiveOwner(string runFolder)
    {
        var words = Owner(runFolder).Trim(' ', '(', ')').Split(' ');
        return
            words is ["process", var id, "on", var machine]
            && machine == Environment.MachineName
            && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            && Directory.Exists($"/proc/{id}")
            ? process
            : null;
    }

    public void Dispose() => _held.Dispose();

    private static void WriteOwner(string runFolder)
    {
        try
        {
            File.WriteAllText(
                Path.Combine(runFolder, OwnerName),
                string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}")
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The name is only for the message to other processes; the lock works without it.
        }
    }

    private static string Owner(string runFolder)
    {
        try
        {
            return $" ({File.ReadAllText(Path.Combine(runFolder, OwnerName))})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
