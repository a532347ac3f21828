using Litre.Core;
using Litre.Data.Tiles;
using Litre.Model.Lora;

namespace Litre.Inference;

/// <summary>How large images were split when an adapter, or a fully trained or merged model, was trained.</summary>
public static class TrainedTiling
{
    /// <summary>
    /// The adapter's tiling, or without an adapter the model's own; null if images were downscaled or the folder does not contain it.
    /// </summary>
    /// <param name="model">The checkpoint's folder.</param>
    /// <param name="adapter">An adapter's folder, or null.</param>
    /// <exception cref="InputException">The folder contains a setting that this version does not know.</exception>
    public static Tiling? Of(string model, string? adapter)
    {
        var folder = adapter ?? model;
        if (!Directory.Exists(folder) || AdapterMetadata.Read(folder) is not { Tiling: { } text } facts)
            return null;
        try
        {
            var answers = facts.TileAnswers is null ? TileAnswers.Page : Enum.Parse<TileAnswers>(facts.TileAnswers, ignoreCase: true);
            return Tiling.Parse(text) is { } tiling ? tiling with { Answers = answers } : null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new InputException(
                $"{Path.Combine(folder, AdapterMetadata.FileName)}: this version does not support tiling {text}, "
                    + $"{facts.TileAnswers} ({e.Message}); set `tile` explicitly, or update litre",
                e
            );
        }
    }
}
