namespace Litre.Model.Tests;

/// <summary>Where the repository's reference files lie, and folders that vanish after a test.</summary>
internal static class TestFiles
{
    internal static string Root { get; } = FindRoot();

    internal static string Reference(params string[] parts) => Path.Combine([Root, "tests", "reference", .. parts]);

    internal static string Config(string name) => Path.Combine(Root, "tests", "configs", name + ".json");

    internal static TemporaryFolder NewFolder() => new();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Litre.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException($"no Litre.slnx above {AppContext.BaseDirectory}");
    }
}
