using System.Text.Json;
using Litre.Machine.Governing;
using Litre.Training.Checkpoints;

namespace Litre.Training.Telemetry;

/// <summary>The progress of a run, read from the end of its <c>metrics.jsonl</c> without disturbing the run.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="State">The state of the run.</param>
/// <param name="Process">The process that trains it; null if none is running.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="TotalSteps">The total steps of the whole run; 0 before the first step.</param>
/// <param name="Loss">The loss of the last step, in nats per token; null before it, or if it is not finite.</param>
/// <param name="HeldOutLoss">The held-out loss of the last validation, as far as the end of the file contains it.</param>
/// <param name="TokensPerSecond">The tokens per second of the last step.</param>
/// <param name="TimeRemaining">Time to the last step; null if it is not known.</param>
/// <param name="Order">The governor's last order to it.</param>
public sealed record RunSnapshot(
    string Folder,
    RunState State,
    int? Process,
    int Step,
    int TotalSteps,
    double? Loss,
    double? HeldOutLoss,
    double? TokensPerSecond,
    TimeSpan? TimeRemaining,
    GovernorOrder? Order
)
{
    /// <summary>How often its governor had to be started again.</summary>
    public int GovernorRestarts { get; init; }

    /// <summary>Whether the run continues without a governor because the governor keeps failing.</summary>
    public bool IsUngoverned { get; init; }

    private const int TailBytes = 64 << 10;

    /// <summary>The runs below a folder, running ones first, then by the time of their last line.</summary>
    public static IReadOnlyList<string> Find(string folder) =>
        !Directory.Exists(folder)
            ? []
            :
            [
                .. Directory
                    .EnumerateDirectories(folder)
                    // finetune.sh keeps the run of the example next to its data.
                    .SelectMany(run => (string[])[run, Path.Combine(run, "run")])
                    .Select(run => (Run: run, Metrics: Path.Combine(run, MetricsLog.FileName)))
                    .Where(run => File.Exists(run.Metrics))
                    .OrderBy(run => RunLock.FindLiveOwner(run.Run) is null)
                    .ThenByDescending(run => File.GetLastWriteTimeUtc(run.Metrics))
                    .Select(run => run.Run),
            ];

    /// <summary>Reads one run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="now">The current time, from which the remaining time is computed.</param>
    public static RunSnapshot Read(string folder, DateTimeOffset now)
    {
        var (step, total, ended) = (0, 0, false);
        string? reason = null;
        double? loss = null,
            held = null,
            speed = null;
        var times = new List<(int Step, DateTimeOffset Time)>();
        foreach (var line in Tail(Path.Combine(folder, MetricsLog.FileName)))
        {
            switch (Text(line, "type"))
            {
                case "step" when line.TryGetProperty("total_steps", out var all):
                    (step, total, ended) = (line.GetProperty("step").GetInt32(), all.GetInt32(), false);
                    (loss, speed) = (Number(line, "loss"), Number(line, "tokens_per_second"));
                    if (line.TryGetProperty("time", out var time) && time.TryGetDateTimeOffset(out var at))
                        times.Add((step, at));
                    break;
                case "validation":
                    held = Number(line, "loss");
                    break;
                case "end":
                    (ended, reason) = (true, Text(line, "reason"));
                    break;
            }
        }
        var process = ended ? null : RunLock.FindLiveOwner(folder);
        var channel = new GovernorChannel(folder);
        var answer = process is null ? null : channel.ReadStatus();
        var ending =
            !ended || reason == "interrupted" ? RunState.Stopped
            : reason == "diverged" ? RunState.Diverged
            : RunState.Finished;
        var state = process is null
            ? ending
            : answer?.State switch
            {
                TrainerActivity.Paused => RunState.Paused,
                TrainerActivity.WaitingForDisk => RunState.WaitingForDisk,
                _ => RunState.Running,
            };
        var left = state == RunState.Running ? TimeLeft(times, total, now) : null;
        return new RunSnapshot(folder, state, process, step, total, loss, held, speed, left, channel.ReadOrder())
        {
            GovernorRestarts = answer?.Restarts ?? 0,
            IsUngoverned = answer?.IsUngoverned ?? false,
        };
    }

    private static TimeSpan? TimeLeft(List<(int Step, DateTimeOffset Time)> times, int total, DateTimeOffset now)
    {
        // After a resume, the times of earlier steps do not count.
        var (first, last) = times.Count > 1 ? (times[Math.Max(0, times.Count - 50)], times[^1]) : default;
        if (last.Step <= first.Step)
            return null;
        var left = (last.Time - first.Time) / (last.Step - first.Step) * (total - last.Step) - (now - last.Time);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    // The complete lines at the end of a file to which another process appends.
    private static List<JsonElement> Tail(string path)
    {
        var lines = new List<JsonElement>();
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var skips = stream.Length > TailBytes;
            if (skips)
                stream.Seek(-TailBytes, SeekOrigin.End);
            using var reader = new StreamReader(stream);
            if (skips)
                reader.ReadLine();
            while (reader.ReadLine() is { } line)
            {
                if (Parse(line) is { } element)
                    lines.Add(element);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Removed since it was listed: a run without steps.
        }
        return lines;
    }

    private static JsonElement? Parse(string line)
    {
        try
        {
            return JsonElement.Parse(line) is { ValueKind: JsonValueKind.Object } element ? element : null;
        }
        catch (JsonException)
        {
            return null; // currently being written
        }
    }

    private static string? Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
