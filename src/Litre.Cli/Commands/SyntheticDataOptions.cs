using System.CommandLine;
using System.Globalization;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Tiles;
using Litre.Model.Configuration;
using Litre.Model.Vision;
using Litre.Planning;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>The options that describe a data set instead of reading one: a number of identical samples.</summary>
internal sealed class SyntheticDataOptions
{
    private const int AnswerShare = 4;
    private const int MaxSamples = 1_000_000;
    private const int TileLineTokens = 26; // for "Tile 10 of 48, x 104-208, y 520-640:": each digit is a token

    private readonly Option<int> _samples = new("--samples") { Description = "Instead of --data: the number of samples." };
    private readonly Option<string[]> _images = new("--image")
    {
        Description = "With --samples: size of each sample's image, such as 1024x768; repeat it for several images.",
        DefaultValueFactory = _ => [],
    };
    private readonly Option<int> _text = new("--text-tokens")
    {
        Description = "With --samples: text tokens per sample, including the answer.",
        DefaultValueFactory = _ => 120,
    };
    private readonly Option<int?> _answer = new("--answer-tokens")
    {
        Description = "With --samples: how many of the text tokens are the answer. [a quarter]",
    };

    public SyntheticDataOptions(Command command)
    {
        foreach (var option in (Option[])[_samples, _images, _text, _answer])
            command.Options.Add(option);
    }

    /// <summary>Whether a data set is described.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetResult(_samples) is not null;

    /// <exception cref="InputException">The description yields no samples.</exception>
    public PlanData Data(ParseResult parsed, PlanModel model, TuneSettings settings)
    {
        var count = parsed.GetValue(_samples);
        if (count is < 1 or > MaxSamples)
            throw new InputException($"--samples {count}: expected 1 to {MaxSamples}");
        var sizes = parsed.GetValue(_images)!;
        var processor = Processor(model.Config, model.Folder, settings.Data.MinimumPixels, settings.Data.MaximumPixels);
        if (processor is null && sizes.Length > 0)
            throw TextAlone($"--image {sizes[0]}", model.Config);
        if (processor is not null && settings.Data.Tiling is { } cut)
            SampleEncoder.CheckTiling(cut, processor.Options);
        if (settings.Data.Tiling is { Answers: TileAnswers.Tile })
            throw new InputException(
                "--tile-answers tile: the number of tiles per row depends on its boxes, which --samples does not describe; give --data"
            );
        var grids = sizes.SelectMany(i => Grids(processor!, i, settings.Data.Tiling)).ToList();
        var least = 2 * grids.Count + 2;
        // The lines that give the position of each tile are added to the given text.
        var text = parsed.GetValue(_text) + (TileLineTokens + 2) * (grids.Count - sizes.Length);
        if (text < least)
            throw new InputException(
                $"--text-tokens {text}: expected at least {least}: two around each image, and a question and an answer"
            );
        var answer = parsed.GetValue(_answer) ?? Math.Max(1, Math.Min(text - least + 1, text / AnswerShare));
        if (answer < 1 || answer > text - least + 1)
            throw new InputException($"--answer-tokens {answer}: expected from 1 to {text - least + 1} of --text-tokens {text}");
        return PlanData.Of(SyntheticSample.Make(model.Config, grids, text, answer, new Random(1)), count, settings.Validation.Share);
    }

    /// <summary>Returns the processor for described images; null for a text-only model.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="folder">The checkpoint's folder; null to use the settings of the family.</param>
    /// <param name="minimumPixels">Lower limit of an image; null for that of the checkpoint.</param>
    /// <param name="maximumPixels">Upper limit of an image; null for that of the checkpoint.</param>
    /// <exception cref="InputException">The processor's files or the limits cannot be used.</exception>
    internal static ImageProcessor? Processor(ModelConfig config, string? folder, long? minimumPixels, long? maximumPixels) =>
        config.Family.Format.Images is { } images
            ? new ImageProcessor(
                (folder is null ? images.Options : ProcessorOptions.Load(folder, images)).WithLimits(minimumPixels, maximumPixels)
            )
            : null;

    /// <summary>Creates the error for an image option with a text-only model.</summary>
    internal static InputException TextAlone(string option, ModelConfig config) =>
        new($"{option}: {config.Family.Format.Name} models read text only; omit it");

    /// <summary>Returns the patches of an image, or of its tiles if it is larger than a tile.</summary>
    private static IEnumerable<VisionGrid> Grids(ImageProcessor processor, string size, Tiling? tiling)
    {
        var (width, height) = Size(size);
        if (tiling?.Cuts(width, height) != true)
            return [Grid(processor, size)];
        var tiles = tiling.Cut(width, height).Tiles;
        var each = processor.Plan($"--image {size}", tiles[0].Width, tiles[0].Height);
        var page = processor.Plan($"--image {size}", width, height, (long)tiling.Width * tiling.Height);
        return [.. tiling.ShowsPage ? [Vision(page)] : (VisionGrid[])[], .. tiles.Select(_ => Vision(each))];
    }

    /// <summary>Returns the patches of an image of the size given to <c>--image</c>.</summary>
    /// <exception cref="InputException">The text is not a size, or the processor refuses the size.</exception>
    internal static VisionGrid Grid(ImageProcessor processor, string size)
    {
        var (width, height) = Size(size);
        return Vision(processor.Plan($"--image {size}", width, height));
    }

    private static VisionGrid Vision(PatchGrid grid) => new(grid.Frames, grid.Height, grid.Width);

    private static (int Width, int Height) Size(string size)
    {
        var sides = size.Split('x', 'X');
        if (
            sides.Length != 2
            || !int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            || !int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            || width < 1
            || height < 1
            || Math.Max(width, height) > 1 << 16
        )
            throw new InputException($"--image {size}: expected width and height in pixels, such as 1024x768");
        return (width, height);
    }
}
