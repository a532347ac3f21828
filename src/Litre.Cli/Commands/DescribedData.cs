using System.CommandLine;
using System.Globalization;
using Litre.Data.Imaging;
using Litre.Model.Vision;
using Litre.Torch;
using Litre.Training.Planning;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>The options that describe a data set instead of reading one: so many samples, all alike.</summary>
internal sealed class DescribedData
{
    private const int AnswerShare = 4;
    private const int MostSamples = 1_000_000;

    private readonly Option<int> _samples = new("--samples") { Description = "Instead of --data: how many samples there are." };
    private readonly Option<string[]> _images = new("--image") { Description = "With --samples: size of each sample's picture, such as 1024x768; several times for several pictures.", DefaultValueFactory = _ => [] };
    private readonly Option<int> _text = new("--text-tokens") { Description = "With --samples: tokens of text in each sample, the answer's included.", DefaultValueFactory = _ => 120 };
    private readonly Option<int?> _answer = new("--answer-tokens") { Description = "With --samples: how many of these are the answer. [a quarter]" };

    public DescribedData(Command command)
    {
        foreach (var option in (Option[])[_samples, _images, _text, _answer]) command.Options.Add(option);
    }

    /// <summary>Whether a data set is described.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetResult(_samples) is not null;

    /// <exception cref="InputException">The description makes no samples.</exception>
    public PlanData Data(ParseResult parsed, PlanModel model, TuneSettings settings)
    {
        var count = parsed.GetValue(_samples);
        if (count is < 1 or > MostSamples) throw new InputException($"--samples {count}: expected 1 to {MostSamples}");
        var options = (model.Folder is null ? new ProcessorOptions() : ProcessorOptions.Load(model.Folder))
            .WithLimits(settings.MinPixels > 0 ? settings.MinPixels : null, settings.MaxPixels > 0 ? settings.MaxPixels : null);
        var processor = new ImageProcessor(options);
        var grids = parsed.GetValue(_images)!.Select(i => Grid(processor, i)).ToList();
        var least = 2 * grids.Count + 2;
        var text = parsed.GetValue(_text);
        if (text < least) throw new InputException($"--text-tokens {text}: expected at least {least}: a picture is framed by two tokens, and there is a question and an answer");
        var answer = parsed.GetValue(_answer) ?? Math.Max(1, Math.Min(text - least + 1, text / AnswerShare));
        if (answer < 1 || answer > text - least + 1) throw new InputException($"--answer-tokens {answer}: expected from 1 to {text - least + 1} of --text-tokens {text}");
        return PlanData.Of(DescribedSample.Make(model.Config, grids, text, answer, new Random(1)), count, settings.ValidationShare);
    }

    /// <summary>The patches of a picture of so many pixels, as <c>--image</c> says them.</summary>
    /// <exception cref="InputException">It is no size, or one that the processor refuses.</exception>
    internal static VisionGrid Grid(ImageProcessor processor, string size)
    {
        var sides = size.Split('x', 'X');
        if (sides.Length != 2 || !int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            || !int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out var height) || width < 1 || height < 1 || Math.Max(width, height) > 1 << 16)
            throw new InputException($"--image {size}: expected width and height in pixels, such as 1024x768");
        var grid = processor.Plan($"--image {size}", width, height);
        return new VisionGrid(grid.Frames, grid.Height, grid.Width);
    }
}
