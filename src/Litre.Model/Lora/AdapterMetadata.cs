using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Core;
using Litre.Core.Files;
using Litre.Core.Json;
using Litre.Model.Identity;

namespace Litre.Model.Lora;

/// <summary>
/// What Litre stores about an adapter or a checkpoint in addition to PEFT's own files: <c>litre.json</c> in the same folder. Fields
/// that this version does not know are kept when the file is rewritten.
/// </summary>
public sealed record AdapterMetadata
{
    public const string FileName = "litre.json";

    private static readonly JsonSerializerOptions Layout = new(JsonText.Indented)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The base weights that the adapter was trained on; null if they came from no files.</summary>
    public BaseIdentity? Base { get; init; }

    /// <summary>
    /// How images larger than a tile were split in training, as in the setting <c>tile</c>; null if they were downscaled.
    /// </summary>
    public string? Tiling { get; init; }

    /// <summary>Whether answers were per <c>page</c> or per <c>tile</c>; null if images were downscaled.</summary>
    public string? TileAnswers { get; init; }

    /// <summary>Fields of other versions, by name.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Others { get; init; }

    /// <summary>
    /// Reads the file of a folder; null if there is none, because an earlier version or another program wrote the folder.
    /// </summary>
    /// <exception cref="InputException">The file is damaged.</exception>
    public static AdapterMetadata? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<AdapterMetadata>(FileReading.ReadText(path), Layout)
                ?? throw new InputException($"{path}: is empty; restore it, or delete it to use the adapter without its information");
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"{path}: line {(e.LineNumber ?? 0) + 1}: is not a valid entry of this file; restore the file, or delete "
                    + "it to use the adapter without its information",
                e
            );
        }
    }

    /// <summary>Writes the file into a folder.</summary>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Layout) + "\n");
}
