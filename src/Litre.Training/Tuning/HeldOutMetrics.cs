using System.Text.Json;
using Litre.Core.Files;

namespace Litre.Training.Tuning;

/// <summary>
/// <c>held_out.json</c> in a checkpoint, and so in <c>best/</c>: what the held-out loss was after its step, and what the untouched
/// base's was. A reader of the folder learns from it whether the training gained anything.
/// </summary>
/// <param name="Step">After which step.</param>
/// <param name="Loss">In nats a token.</param>
/// <param name="BaseLoss">Of the untouched base on the same samples; null where it is not known.</param>
public sealed record HeldOutMetrics(int Step, double Loss, double? BaseLoss)
{
    public const string FileName = "held_out.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Whether the untouched base does better; false where that is not known.</summary>
    public bool WorseThanBase => Loss > BaseLoss;

    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>Of a checkpoint or of <c>best/</c>; null where the folder has none, or not one that can be read.</summary>
    public static HeldOutMetrics? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<HeldOutMetrics>(File.ReadAllText(Path.Combine(folder, FileName)), Json);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
