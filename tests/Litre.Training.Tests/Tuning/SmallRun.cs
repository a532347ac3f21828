using System.Text;
using System.Text.Json;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Tuning;

/// <summary>A small random checkpoint, twelve rows about five pictures, and a folder for runs; removed at the end.</summary>
internal sealed class SmallRun : IDisposable
{
    public SmallRun(string reference = "moe")
    {
        Folder = Directory.CreateTempSubdirectory("litre-run-").FullName;
        Copy(Path.Combine(Repository.Reference(reference), "model"), Model);
        Copy(Path.Combine(Repository.Root, "tests", "Litre.Data.Tests", "assets", "tiny"), Model);
        Directory.CreateDirectory(Data);
        var pictures = Directory.EnumerateFiles(Repository.Reference("images"), "*.png").Order(StringComparer.Ordinal).ToList();
        var rows = new StringBuilder();
        for (var i = 0; i < 12; i++)
        {
            var picture = pictures[i % pictures.Count];
            File.Copy(picture, Path.Combine(Data, Path.GetFileName(picture)), overwrite: true);
            rows.AppendLine(JsonSerializer.Serialize(new { image = Path.GetFileName(picture), question = $"Which part is number {i}?", answer = $"part {i * 7 % 13}" }));
        }
        File.WriteAllText(Path.Combine(Data, "train.jsonl"), rows.ToString());
    }

    public string Folder { get; }

    public string Model => Path.Combine(Folder, "model");

    public string Data => Path.Combine(Folder, "data");

    public TuneSettings Settings(string run) => new()
    {
        Model = Model,
        Data = Data,
        Output = Path.Combine(Folder, run),
        MaxSteps = 6,
        SaveSteps = 2,
        MicroBatchTokens = 400,
        GradientAccumulation = 2,
        LearningRate = 1e-2,
        DType = DType.Float32,
        ValidationShare = 0.2,
    };

    /// <summary>Trains, and asks the run to stop after <paramref name="stopAfter"/> steps.</summary>
    public static (TuneEnd End, RecordingObserver Observer) Train(TuneSettings settings, bool resume, int stopAfter = int.MaxValue)
    {
        using var stop = new CancellationTokenSource();
        var observer = new RecordingObserver(step =>
        {
            if (step.Step >= stopAfter) stop.Cancel();
        });
        using var run = TuneRun.Open(settings, Device.Cpu, resume, _ => { });
        return (run.Train(resume, observer, stop.Token), observer);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
    }
}
