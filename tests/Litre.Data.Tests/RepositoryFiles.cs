namespace Litre.Data.Tests;

/// <summary>Where the repository's own test material lies.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    public static string Reference(string path) => Path.Combine(Root, "tests", "reference", path);

    public static string Assets(string path) => Path.Combine(Root, "tests", "Litre.Data.Tests", "assets", path);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "Litre.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Litre.slnx was not found above the tests");
    }
}
