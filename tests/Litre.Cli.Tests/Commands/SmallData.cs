using System.Text;
using System.Text.Json;

namespace Litre.Cli.Tests.Commands;

/// <summary>A small random checkpoint with a tokenizer, and rows about the reference's pictures; removed at the end.</summary>
internal sealed class SmallData : IDisposable
{
    public SmallData(string reference = "moe")
    {
        Folder = Directory.CreateTempSubdirectory("litre-small-").FullName;
        Copy(Path.Combine(Repository.Root, "tests", "reference", reference, "model"), Model);
        Copy(Path.Combine(Repository.Root, "tests", "Litre.Data.Tests", "assets", "tiny"), Model);
        Directory.CreateDirectory(Data);
        var rows = new StringBuilder();
        var pictures = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "reference", "images"), "*.png").Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < 15; i++)
        {
            var name = Path.GetFileName(pictures[i % pictures.Count]);
            File.Copy(pictures[i % pictures.Count], Path.Combine(Data, name), overwrite: true);
            rows.AppendLine(JsonSerializer.Serialize(new { image = name, question = $"Which part is number {i}?", answer = $"part {i * 7 % 13}" }));
        }
        File.WriteAllText(Path.Combine(Data, "rows.jsonl"), rows.ToString());
    }

    public string Folder { get; }

    public string Model => Path.Combine(Folder, "model");

    public string Data => Path.Combine(Folder, "data");

    public string In(string name) => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
    }
}
