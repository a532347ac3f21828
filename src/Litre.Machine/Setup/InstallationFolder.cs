using Litre.Core;

namespace Litre.Machine.Setup;

/// <summary>
/// The folder of installations, which one process at a time may change. An installation appears under its name
/// complete and verified, or not at all; one that is replaced stays until then, and is restored if the program is killed in between
/// (<see cref="Core.Files.AtomicFolder"/> replaces nothing, and needs no lock).
/// </summary>
internal sealed class InstallationFolder : IDisposable
{
    private const string Unfinished = ".incomplete";
    private const string Replaced = ".replaced";

    private readonly string _root;
    private readonly FileStream _lock;

    /// <param name="root">The user's <c>output</c>; created if it is missing.</param>
    /// <exception cref="InputException">Another setup is running there, or nothing can be written there.</exception>
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
                "wait until no other setup is running there",
                e
            );
        }
        OnDisk(Recover);
    }

    /// <summary>The folder in which wheels are kept until they are installed.</summary>
    public string Downloads => Path.Combine(_root, ".downloads");

    public string PathOf(string name) => Path.Combine(_root, name);

    /// <summary>Fills a new installation and moves it to its final name.</summary>
    /// <param name="name">The folder's name.</param>
    /// <param name="fill">Writes the libraries into the folder given.</param>
    /// <param name="verify">Returns why the given folder does not work; null if it does.</param>
    /// <exception cref="InputException">It does not work, or the disk is full; no part of it remains.</exception>
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

    /// <summary>Removes the downloaded wheels.</summary>
    public void DeleteDownloads() => OnDisk(() => Delete(Downloads));

    public void Dispose() => _lock.Dispose();

    /// <summary>Cleans up after a process that was killed.</summary>
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
            "free space or choose another folder",
            e
        );
}
