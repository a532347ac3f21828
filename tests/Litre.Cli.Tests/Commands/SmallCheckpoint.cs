namespace Litre.Cli.Tests.Commands;

/// <summary>A folder to work in with a small random checkpoint that has a tokenizer, and pictures of its own.</summary>
internal sealed class SmallCheckpoint : IDisposable
{
    public SmallCheckpoint(string family = "dense")
    {
        Folder = Directory.CreateTempSubdirectory("litre-use-").FullName;
        Model = In("model");
        Copy(Path.Combine(Repository.Root, "tests", "reference", family, "model"), Model);
        Copy(Path.Combine(Repository.Root, "tests", "Litre.Data.Tests", "assets", "tiny"), Model);
        Adapter = Path.Combine(Repository.Root, "tests", "reference", family, "adapter_trained");
        Picture = Path.Combine(Repository.Root, "tests", "reference", "images", "3_64x64.png");
    }

    public string Folder { get; }

    public string Model { get; }

    public string Adapter { get; }

    public string Picture { get; }

    public string In(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Copies the picture under a name from the folder on.</summary>
    public void AddPicture(params string[] parts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(parts))!);
        File.Copy(Picture, In(parts));
    }

    public void Write(string text, params string[] parts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(parts))!);
        File.WriteAllText(In(parts), text);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source)) File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
    }
}
