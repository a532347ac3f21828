using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Core;
using Litre.Core.Files;
using Litre.Core.Json;
using Litre.Model.Identity;

namespace Litre.Model.Lora;

/// <summary>
/// What Litre knows of an adapter or a checkpoint beyond PEFT's own files, which have no place for it: <c>litre.json</c> beside
/// them. Facts that this build does not know are kept when the file is rewritten.
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

    /// <summary>How images larger than a tile were cut in training, as <c>tile</c> says it; null if they were shrunk.</summary>
    public string? Tiling { get; init; }

    /// <summary>What was answered about such images, <c>page</c> or <c>tile</c>; null if they were shrunk.</summary>
    public string? TileAnswers { get; init; }

    /// <summary>Facts of other builds, by name.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Others { get; init; }

    /// <summary>Of a folder; null if it has none: of an earlier build, or another program's.</summary>
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
