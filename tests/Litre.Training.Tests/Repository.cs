namespace Litre.Training.Tests;

/// <summary>The repository's own files.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Reference(string name) => Path.Combine(Root, "tests", "reference", name);

    public static string Config(string name) => Path.Combine(Root, "tests", "configs", name + ".json");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Litre.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException($"no Litre.slnx above {AppContext.BaseDirectory}");
    }
}
