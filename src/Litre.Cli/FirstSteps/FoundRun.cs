using Litre.Cli.Rendering;
using Litre.Training.Checkpoints;
using Litre.Training.Tuning;

namespace Litre.Cli.FirstSteps;

/// <summary>The folder of a run, as far as its files show how far it got.</summary>
internal sealed record FoundRun
{
    /// <summary>As the user would name it from the current folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether a process of this machine is working on it.</summary>
    public required bool IsRunning { get; init; }

    /// <summary>Whether its training ended.</summary>
    public required bool IsFinished { get; init; }

    /// <summary>When it last wrote a line of its metrics.</summary>
    public required DateTime LastWrite { get; init; }

    /// <summary>What <c>litre chat</c> needs to load the result; null where the files do not tell.</summary>
    public required string? ChatOptions { get; init; }

    /// <summary>Reads a folder; null where it is not that of a run.</summary>
    /// <param name="folder">As the user would name it.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="resolve">Makes a path of the recipe one that can be looked up.</param>
    public static FoundRun? Read(string folder, string path, Func<string, string> resolve)
    {
        var recipe = Path.Combine(path, Recipe.FileName);
        var metrics = Path.Combine(path, RunFolder.MetricsName);
        if (!File.Exists(recipe) || !File.Exists(metrics))
            return null;
        return new FoundRun
        {
            Folder = folder,
            IsRunning = RunLock.FindLiveOwner(path) is not null,
            IsFinished = EndsWithEnd(metrics),
            LastWrite = File.GetLastWriteTimeUtc(metrics),
            ChatOptions = FindChatOptions(folder, path, recipe, resolve),
        };
    }

    private static string? FindChatOptions(string folder, string path, string recipe, Func<string, string> resolve)
    {
        var best = CommandText.Quote(Path.Combine(folder, "best"));
        if (File.Exists(Path.Combine(path, "best", "config.json")))
            return $"--model {best}";
        const string Key = "model: ";
        var line = File.ReadLines(recipe).FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal));
        var model = line?[Key.Length..].Trim().Trim('"', '\'');
        return model is not null && Directory.Exists(resolve(model)) && Directory.Exists(Path.Combine(path, "best"))
            ? $"--model {CommandText.Quote(model)} --adapter {best}"
            : null;
    }

    // The last line of the metrics says so; a resumed run writes on behind it.
    private static bool EndsWithEnd(string metrics)
    {
        const int Tail = 4096;
        using var file = File.Open(metrics, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Seek(-Math.Min(Tail, file.Length), SeekOrigin.End);
        using var reader = new StreamReader(file);
        var last = reader.ReadToEnd().TrimEnd().Split('\n')[^1];
        return last.Contains("\"type\":\"end\"", StringComparison.Ordinal)
            && !last.Contains("\"reason\":\"interrupted\"", StringComparison.Ordinal);
    }
}
