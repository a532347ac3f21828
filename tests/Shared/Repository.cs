namespace Shared;

/// <summary>The repository that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>Folder of <c>Litre.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    public static string Reference(params string[] parts) => Path.Combine([Root, "tests", "reference", .. parts]);

    public static string Config(string name) => Path.Combine(Root, "tests", "configs", name + ".json");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Litre.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"no Litre.slnx above {AppContext.BaseDirectory}");
    }
}
