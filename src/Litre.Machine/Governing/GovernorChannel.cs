using System.Text.Json;
using System.Text.Json.Serialization;

namespace Litre.Machine.Governing;

/// <summary>
/// The small files in <c>governor/</c> of a run through which governor and trainer communicate. Each is replaced as a whole, so a
/// reader never sees an incomplete one, and either side may exit and restart. Not flushed to the disk: they are useless after
/// a power failure, and a machine short of memory must not wait for its disk. A failed write is retried the next time.
/// </summary>
/// <param name="runFolder">The run's folder.</param>
public sealed class GovernorChannel(string runFolder)
{
    private const string FolderName = "governor";

    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The governor's order: <c>order.json</c>.</summary>
    public string OrderPath { get; } = Path.Combine(runFolder, FolderName, "order.json");

    /// <summary>The trainer's status: <c>answer.json</c>.</summary>
    public string StatusPath { get; } = Path.Combine(runFolder, FolderName, "answer.json");

    /// <summary>Rewritten each second by a running governor: <c>alive</c>.</summary>
    public string HeartbeatPath { get; } = Path.Combine(runFolder, FolderName, "alive");

    /// <summary>The order in force; null if there is none, or none that can be read.</summary>
    public GovernorOrder? ReadOrder() => Read<GovernorOrder>(OrderPath);

    public TrainerStatus? ReadStatus() => Read<TrainerStatus>(StatusPath);

    /// <summary>False if it could not be written.</summary>
    public bool Write(GovernorOrder order) => Write(OrderPath, JsonSerializer.Serialize(order, Json));

    public bool Write(TrainerStatus answer) => Write(StatusPath, JsonSerializer.Serialize(answer, Json));

    /// <summary>Reports that the governor is running.</summary>
    public void WriteHeartbeat() => Write(HeartbeatPath, $"{Environment.ProcessId}");

    /// <summary>Removes the files of an earlier run in the same folder.</summary>
    public void Clear()
    {
        foreach (var path in (string[])[OrderPath, StatusPath, HeartbeatPath])
        {
            if (File.Exists(path))
                File.Delete(path);
        }
    }

    private static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), Json) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static bool Write(string path, string text)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var temporary = $"{path}.{Environment.ProcessId}.tmp";
            File.WriteAllText(temporary, text + "\n");
            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
