using System.Text.Json;
using System.Text.Json.Serialization;

namespace Litre.Machine.Governing;

/// <summary>
/// The small files in <c>governor/</c> of a run through which governor and trainer speak. Each is replaced whole, so a
/// reader never meets half of one, and either side may die and come back. Not flushed to the disk: they are of no use after
/// a power cut, and a machine short of memory must not wait for its disk. What cannot be written is tried again next time.
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

    /// <summary>The governor's word: <c>order.json</c>.</summary>
    public string OrderPath { get; } = Path.Combine(runFolder, FolderName, "order.json");

    /// <summary>The trainer's word: <c>answer.json</c>.</summary>
    public string StatusPath { get; } = Path.Combine(runFolder, FolderName, "answer.json");

    /// <summary>Written anew each second by a governor that lives: <c>alive</c>.</summary>
    public string HeartbeatPath { get; } = Path.Combine(runFolder, FolderName, "alive");

    /// <summary>The order in force; null where there is none, or none that can be read.</summary>
    public GovernorOrder? ReadOrder() => Read<GovernorOrder>(OrderPath);

    public TrainerStatus? ReadStatus() => Read<TrainerStatus>(StatusPath);

    /// <summary>False where it could not be written.</summary>
    public bool Write(GovernorOrder order) => Write(OrderPath, JsonSerializer.Serialize(order, Json));

    public bool Write(TrainerStatus answer) => Write(StatusPath, JsonSerializer.Serialize(answer, Json));

    /// <summary>Says that the governor lives.</summary>
    public void WriteHeartbeat() => Write(HeartbeatPath, $"{Environment.ProcessId}");

    /// <summary>Removes what an earlier run of the same folder said.</summary>
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
