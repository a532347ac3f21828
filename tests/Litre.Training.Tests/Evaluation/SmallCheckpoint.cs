using System.Text.Json;

namespace Litre.Training.Tests.Evaluation;

/// <summary>The small random reference model with a small tokenizer, and a data set of every kind of question beside it.</summary>
internal sealed class SmallCheckpoint : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-eval-").FullName;

    public SmallCheckpoint()
    {
        Directory.CreateDirectory(Model);
        Directory.CreateDirectory(Data);
        foreach (var source in (string[])[Path.Combine(Repository.Reference("dense"), "model"), Path.Combine(Repository.Root, "tests", "Litre.Data.Tests", "assets", "tiny")])
        {
            foreach (var file in Directory.EnumerateFiles(source)) File.Copy(file, Path.Combine(Model, Path.GetFileName(file)));
        }
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "reference", "images"), "*.png"))
            File.Copy(file, Path.Combine(Data, Path.GetFileName(file)));
        Write("food.jsonl",
            new { id = "f1", question = "这是什么菜？", choices = (string[])["红烧肉", "宫保鸡丁"], answer = "1", image = "3_64x64.png", question_type = "cuisine" },
            new { id = "f2", question = "Which is sweet?", choices = (string[])["cake", "salt"], answer = "A", question_type = "flavor" });
        Write("chart.jsonl",
            new { id = "c1", question = "How many?", answer = "42", image = "0_320x240.png", question_type = "number" },
            new { id = "c2", question = "Which colour?", answer = "blue", image = "1_333x217.png", question_type = "text" },
            new { id = "c3", question = "Where is it?", answer = """{"bbox_2d": [10, 10, 500, 500]}""", image = "3_64x64.png", question_type = "box" });
    }

    public string Model => Path.Combine(_folder, "model");

    public string Data => Path.Combine(_folder, "data");

    public string Adapter => Path.Combine(Repository.Reference("dense"), "adapter_trained");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string name, params object[] rows) =>
        File.WriteAllLines(Path.Combine(Data, name), rows.Select(r => JsonSerializer.Serialize(r)));
}
