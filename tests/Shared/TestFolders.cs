using System.Runtime.CompilerServices;

namespace Shared;

/// <summary>Gives the user's own folders, which tests and the programs that they start must not touch, another place.</summary>
internal static class TestFolders
{
    [ModuleInitializer]
    internal static void Redirect()
    {
        var folder = Directory.CreateTempSubdirectory("litre-features-").FullName;
        Environment.SetEnvironmentVariable("LITRE_FEATURES", folder);
        var state = Directory.CreateTempSubdirectory("litre-state-").FullName;
        Environment.SetEnvironmentVariable("LITRE_STATE", state);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            Directory.Delete(folder, recursive: true);
            Directory.Delete(state, recursive: true);
        };
    }
}
