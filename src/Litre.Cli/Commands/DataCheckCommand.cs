using System.CommandLine;
using System.Globalization;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Data.Check;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Model.Families;
using Litre.Model.Hub;

namespace Litre.Cli.Commands;

/// <summary><c>litre data check DIR</c>: reads every row, decodes every image, counts tokens.</summary>
internal sealed class DataCheckCommand : Command
{
    private readonly Argument<string> _data = new("DATA") { Description = "A data folder or one data file." };
    private readonly Option<string?> _model = new("--model") { Description = "A checkpoint folder, to count tokens with its tokenizer." };
    private readonly Option<int?> _maxTokens = new("--max-tokens")
    {
        Description = "Longest sample that training will use, in tokens; longer ones are listed. Needs --model.",
    };
    private readonly PixelOptions _pixels;
    private readonly TileOptions _tiles;
    private readonly ReadingOptions _reading;
    private readonly Option<double> _validation = new("--validation-share")
    {
        Description = "Share of the samples held out for validation if the data have no validation side, from 0 to below 1.",
        DefaultValueFactory = _ => 0.1,
    };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed for choosing the held-out samples." };
    private readonly Option<int> _rows = new("--rows")
    {
        Description = "Maximum number of unusable rows to list; --json lists all.",
        DefaultValueFactory = _ => 20,
    };
    private readonly Option<bool> _strict = new("--strict")
    {
        Description = "Exit with code 1 if any row is unusable, too long, or on two sides (training, validation, test).",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public DataCheckCommand()
        : base("check", "Reads every row, decodes every image, and lists what cannot be used, why, and how to fix it.")
    {
        Arguments.Add(_data);
        Options.Add(_model);
        Options.Add(_maxTokens);
        _pixels = new PixelOptions(this);
        _tiles = new TileOptions(this);
        _reading = new ReadingOptions(this);
        foreach (var option in (Option[])[_validation, _seed, _rows, _strict, _json])
            Options.Add(option);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var (model, limit) = (parsed.GetValue(_model) is { } given ? ModelFolder.Resolve(given) : null, parsed.GetValue(_maxTokens));
        if (limit is not null && model is null)
            throw new InputException("--max-tokens: needs --model, whose tokenizer counts the tokens");
        if (limit < 1)
            throw new InputException($"--max-tokens {limit}: expected 1 or more");
        var share = parsed.GetValue(_validation);
        if (!(share >= 0 && share < 1))
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"--validation-share {share}: expected a number from 0 to below 1, such as 0.1")
            );
        var tiling = _tiles.Tiling(parsed);
        if (tiling is not null && model is null)
            throw new InputException($"--tile {tiling}: needs --model, whose image processor determines the tokens of a tile");
        var result = DataChecker.Check(
            parsed.GetValue(_data)!,
            new DataCheckOptions
            {
                Encoder = model is null
                    ? null
                    : SampleEncoder.Load(
                        ModelConfigs.Load(model).Family.Format,
                        model,
                        _pixels.Minimum(parsed),
                        _pixels.Maximum(parsed),
                        tiling: tiling
                    ),
                VideoProcessor = new ImageProcessor(ModelFamilies.Default.Format.Images!.Options),
                MaximumLength = limit,
                Reading = _reading.Options(parsed),
                Split = new SplitOptions(share, Seed: parsed.GetValue(_seed)),
                Progress = done => Terminal.Status.Show(string.Create(CultureInfo.InvariantCulture, $"{done:N0} rows")),
            }
        );
        Terminal.Status.Clear();
        result = DataTexts.Render(result);
        if (parsed.GetValue(_json))
            Console.Out.WriteLine(result.ToJson());
        else
            DataReport.Write(Terminal.Output, result, parsed.GetValue(_rows));
        if (result.Samples == 0)
            throw new InputException(
                $"{parsed.GetValue(_data)}: 0 of {Units.Count(result.Unusable.Count, "row")} can be used; "
                    + $"the first: {result.Unusable.FirstOrDefault()}"
            );
        return parsed.GetValue(_strict) && !result.IsClean ? ExitCode.CheckFailed : ExitCode.Success;
    }
}
