using System.Text.Json;
using Litre.Core.Files;

namespace Litre.Training.Tuning;

/// <summary>
/// <c>held_out.json</c> in a checkpoint, and so in <c>best/</c>: the held-out loss after its step and that of the base model. It shows
/// whether the training improved the model.
/// </summary>
/// <param name="Step">After which step.</param>
/// <param name="Loss">The loss in nats per token.</param>
/// <param name="BaseLoss">The base model's loss on the same samples; null if it is not known.</param>
public sealed record HeldOutMetrics(int Step, double Loss, double? BaseLoss)
{
    public const string FileName = "held_out.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Whether the base model has a lower loss; false if that is unknown.</summary>
    public bool WorseThanBase => Loss > BaseLoss;

    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>Reads the file of a checkpoint or of <c>best/</c>; null if the folder has none or it cannot be read.</summary>
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
