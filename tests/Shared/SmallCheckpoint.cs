using System.Text;
using System.Text.Json;

namespace Shared;

/// <summary>
/// A folder to work in: one of the small random reference models with a tokenizer, and room for data beside it. Copied, not
/// made: the reference's adapters belong to these weights. Removed at the end.
/// </summary>
public sealed class SmallCheckpoint : IDisposable
{
    /// <param name="family">dense, moe or mixed.</param>
    public SmallCheckpoint(string family = "dense")
    {
        Folder = Directory.CreateTempSubdirectory("litre-small-").FullName;
        Adapter = Repository.Reference(family, "adapter_trained");
        Directory.CreateDirectory(Model);
        foreach (
            var source in (string[])
                [Repository.Reference(family, "model"), Path.Combine(Repository.Root, "tests", "Litre.Data.Tests", "assets", "tiny")]
        )
        foreach (var file in Directory.EnumerateFiles(source))
            File.Copy(file, Path.Combine(Model, Path.GetFileName(file)), overwrite: true);
    }

    public string Folder { get; }

    public string Model => In("model");

    /// <summary>Where data go; not there until something is written to it.</summary>
    public string Data => In("data");

    /// <summary>A trained adapter of the model.</summary>
    public string Adapter { get; }

    /// <summary>The smallest of the reference's images.</summary>
    public string Image { get; } = Repository.Reference("images", "3_64x64.png");

    public string In(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Copies the image under a name from the folder on.</summary>
    public void AddImage(params string[] parts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(parts))!);
        File.Copy(Image, In(parts));
    }

    public void Write(string text, params string[] parts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(parts))!);
        File.WriteAllText(In(parts), text);
    }

    /// <summary>Copies the reference's five images to the data, and gives their names.</summary>
    public IReadOnlyList<string> AddImages()
    {
        Directory.CreateDirectory(Data);
        var images = Directory.EnumerateFiles(Path.GetDirectoryName(Image)!, "*.png").Order(StringComparer.Ordinal).ToList();
        foreach (var picture in images)
            File.Copy(picture, Path.Combine(Data, Path.GetFileName(picture)));
        return [.. images.Select(p => Path.GetFileName(p)!)];
    }

    /// <summary>Writes a data file of questions about the images.</summary>
    public void AddRows(string name, int count)
    {
        var images = AddImages();
        var rows = new StringBuilder();
        for (var i = 0; i < count; i++)
            rows.AppendLine(
                JsonSerializer.Serialize(
                    new
                    {
                        image = images[i % images.Count],
                        question = $"Which part is number {i}?",
                        answer = $"part {i * 7 % 13}",
                    }
                )
            );
        Write(rows.ToString(), "data", name);
    }

    /// <summary>A command line that tunes it into a folder beside it, on the CPU.</summary>
    public string[] TuneArguments(string run, params string[] rest) =>
        [
            "tune",
            "--model",
            Model,
            "--data",
            Data,
            "--output",
            In(run),
            "--device",
            "cpu",
            "--micro-batch-tokens",
            "400",
            "--validation-share",
            "0.2",
            .. rest,
        ];

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
