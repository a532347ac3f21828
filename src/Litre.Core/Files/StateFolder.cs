namespace Litre.Core.Files;

/// <summary>The folder of this user's keys, audit log and adapter library: that of <c>LITRE_STATE</c>, else <c>~/.litre</c>.</summary>
public static class StateFolder
{
    /// <summary>The path, which need not exist.</summary>
    public static string Path =>
        HostEnvironment.Read(HostEnvironment.State)
        ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".litre");

    /// <summary>A folder in it, which is created if it does not exist; its owner alone can read it.</summary>
    /// <param name="name">The name of the folder.</param>
    /// <exception cref="InputException">It cannot be created.</exception>
    public static string Open(string name)
    {
        var folder = System.IO.Path.Combine(Path, name);
        try
        {
            PrivateFiles.CreateFolder(Path);
            PrivateFiles.CreateFolder(folder);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{folder}: cannot be created ({e.Message.ReplaceLineEndings(" ")}); set {HostEnvironment.State} to a folder "
                    + "that you can write to"
            );
        }
    }
}
