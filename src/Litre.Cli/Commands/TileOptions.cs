using System.CommandLine;
using Litre.Core;
using Litre.Data.Tiles;
using Litre.Inference;

namespace Litre.Cli.Commands;

/// <summary>The options for images larger than a tile, for every command that reads images and has no recipe.</summary>
internal sealed class TileOptions
{
    /// <summary>The default if an adapter determines it.</summary>
    public const string Trained = "as in the adapter's training, else off";

    private readonly Option<string?> _tile;

    private readonly Option<string?> _answers = new("--tile-answers")
    {
        Description =
            "How an image in tiles is answered: page (once from all tiles, with boxes on the page's scale) or tile "
            + "(once per tile, with the answers joined). [page]",
    };

    /// <param name="command">The command to add the options to.</param>
    /// <param name="otherwise">The default, for the help.</param>
    public TileOptions(Command command, string otherwise = "off")
    {
        _tile = new("--tile")
        {
            Description =
                "Cut images larger than a tile into tiles: the tile size in pixels and, after a plus sign, the overlap, "
                + "such as 1024, 1024x768+128 or 1024+10%; "
                + $"off downscales the image instead. [{otherwise}]",
        };
        _answers.TakesOneOf("page", "tile");
        command.Options.Add(_tile);
        command.Options.Add(_answers);
    }

    /// <summary>Whether the command line determines how images are cut.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_tile) is not null;

    /// <summary>Returns how images are cut into tiles; null if they are downscaled.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="fallback">The result without the option.</param>
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

    /// <summary>Returns how images are cut: as the command line requests, else as in the training of the adapter or model.</summary>
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
