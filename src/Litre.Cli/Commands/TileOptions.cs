using System.CommandLine;
using Litre.Core;
using Litre.Data.Tiles;
using Litre.Inference;

namespace Litre.Cli.Commands;

/// <summary>How images that are larger than a tile are shown, for every command that reads images and has no recipe.</summary>
internal sealed class TileOptions
{
    /// <summary>What is done without the option where an adapter may say it.</summary>
    public const string Trained = "as the adapter was trained, else off";

    private readonly Option<string?> _tile;

    private readonly Option<string?> _answers = new("--tile-answers")
    {
        Description =
            "What is answered about an image in tiles: page (one answer from all tiles, with boxes on the page's "
            + "scale) or tile (one answer a tile, joined). [page]",
    };

    /// <param name="command">Gets the options.</param>
    /// <param name="otherwise">What is done without the option.</param>
    public TileOptions(Command command, string otherwise = "off")
    {
        _tile = new("--tile")
        {
            Description =
                "Cut images larger than this tile into tiles: its size in pixels and, behind a plus, the overlap, "
                + "such as 1024, 1024x768+128 or 1024+10%; "
                + $"off shrinks the image. [{otherwise}]",
        };
        _answers.TakesOneOf("page", "tile");
        command.Options.Add(_tile);
        command.Options.Add(_answers);
    }

    /// <summary>Whether the command line says how images are cut.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_tile) is not null;

    /// <summary>How images are cut; null where they are shrunk.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="fallback">What is done where it does not say.</param>
    /// <exception cref="InputException">An option cannot be used.</exception>
    public Tiling? Tiling(ParseResult parsed, Tiling? fallback = null)
    {
        var tiling = parsed.GetValue(_tile) is { } text ? Parse(text) : fallback;
        if (parsed.GetValue(_answers) is not { } answers)
            return tiling;
        if (tiling is null)
            throw new InputException($"--tile-answers {answers}: images are not cut into tiles; add --tile, such as --tile 1024");
        return tiling with { Answers = answers == "tile" ? TileAnswers.Tile : TileAnswers.Page };
    }

    /// <summary>How images are cut: as the command line says, else as an adapter or a trained model has learned to see them.</summary>
    /// <exception cref="InputException">An option cannot be used.</exception>
    public Tiling? Tiling(ParseResult parsed, string model, string? adapter) =>
        Tiling(parsed, IsGiven(parsed) ? null : TrainedTiling.Of(model, adapter));

    private static Tiling? Parse(string text)
    {
        try
        {
            return Data.Tiles.Tiling.Parse(text);
        }
        catch (FormatException e)
        {
            throw new InputException($"--tile {text}: {e.Message}", e);
        }
    }
}
