using System.Globalization;
using Litre.Core;

namespace Litre.Training.Checkpoints;

/// <summary>
/// Lets one process at a time write a run folder. The kernel holds the lock for the process, so one that was killed holds
/// nothing; the file itself stays, since removing it would race with the next taker.
/// </summary>
public sealed class RunLock : IDisposable
{
    private const string FileName = ".lock";
    private const string OwnerName = ".lock-owner";

    // EWOULDBLOCK, the same number on x64 and arm64.
    private const int WouldBlock = 11;

    private readonly FileStream _held;

    private RunLock(FileStream held) => _held = held;

    /// <summary>Takes the lock of a run folder, making the folder where it is not there.</summary>
    /// <exception cref="InputException">Another process holds it, or the folder may not be written.</exception>
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

    /// <summary>Whether a file of a run's folder is the lock's.</summary>
    /// <param name="name">Without its folder.</param>
    internal static bool IsOwn(string name) => name is FileName or OwnerName;

    /// <summary>The process of this machine that took the lock last, if it still is; null where there is none.</summary>
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
            // The name is a courtesy to whom the lock turns away; the lock holds without it.
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
