using Litre.Core;

namespace Litre.Machine.Setup;

/// <summary>
/// The folder of installations, of which one process at a time may change anything. An installation appears under its name
/// whole and proven, or not at all; one that is replaced stays until then, and comes back if the program dies in between
/// (<see cref="Core.Files.AtomicFolder"/> replaces nothing, and needs no lock).
/// </summary>
internal sealed class InstallationFolder : IDisposable
{
    private const string Unfinished = ".incomplete";
    private const string Replaced = ".replaced";

    private readonly string _root;
    private readonly FileStream _lock;

    /// <param name="root">What the user gave as <c>output</c>; made where it is missing.</param>
    /// <exception cref="InputException">Another setup is at work there, or nothing can be written there.</exception>
    public InstallationFolder(string root)
    {
        _root = Path.GetFullPath(root);
        if (File.Exists(_root))
            throw new InputException("output", root, "is a file", "give a folder");
        OnDisk(() => Directory.CreateDirectory(_root));
        try
        {
            _lock = new FileStream(Path.Combine(_root, ".setup.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unwritable(e);
        }
        catch (IOException e)
        {
            throw new InputException(
                "output",
                root,
                $"cannot be locked ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})",
                "wait until no other setup runs there",
                e
            );
        }
        OnDisk(Recover);
    }

    /// <summary>Where wheels are kept until they are installed.</summary>
    public string Downloads => Path.Combine(_root, ".downloads");

    public string PathOf(string name) => Path.Combine(_root, name);

    /// <summary>Fills a new installation and puts it in its place.</summary>
    /// <param name="name">The folder's name.</param>
    /// <param name="fill">Writes the libraries into the folder given.</param>
    /// <param name="verify">Why the folder given does not work; null where it does.</param>
    /// <exception cref="InputException">It does not work, or the disk is full; nothing is left of it.</exception>
    public async Task InstallAsync(string name, Action<string> fill, Func<string, Task<string?>> verify)
    {
        var (target, temporary, replaced) = (PathOf(name), PathOf("." + name + Unfinished), PathOf("." + name + Replaced));
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            if (await verify(temporary) is { } reason)
                throw new InputException(
                    $"{name}: was unpacked but does not load ({reason.ReplaceLineEndings(" ").TrimEnd('.')}); it was "
                        + "not installed, so try another `version` or `cuda`"
                );
            if (Directory.Exists(target))
                Directory.Move(target, replaced);
            try
            {
                Directory.Move(temporary, target);
            }
            catch (IOException) when (Directory.Exists(replaced))
            {
                Directory.Move(replaced, target);
                throw;
            }
            Delete(replaced);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(e);
        }
        finally
        {
            Delete(temporary);
        }
    }

    public void MakeDownloads() => OnDisk(() => Directory.CreateDirectory(Downloads));

    /// <summary>Removes the wheels that were fetched.</summary>
    public void DeleteDownloads() => OnDisk(() => Delete(Downloads));

    public void Dispose() => _lock.Dispose();

    /// <summary>Undoes what a process that was killed has left.</summary>
    private void Recover()
    {
        foreach (var left in Directory.GetDirectories(_root, ".libtorch*" + Unfinished))
            Delete(left);
        foreach (var left in Directory.GetDirectories(_root, ".libtorch*" + Replaced))
        {
            var target = PathOf(Path.GetFileName(left)[1..^Replaced.Length]);
            if (Directory.Exists(target))
                Delete(left);
            else
                Directory.Move(left, target);
        }
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private void OnDisk(Action change)
    {
        try
        {
            change();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(e);
        }
    }

    private InputException Unwritable(Exception e) =>
        new(
            "output",
            _root,
            $"cannot be written ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})",
            "make room or choose another folder",
            e
        );
}
