using System.CommandLine;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Data.Packing;
using Litre.Data.Preview;
using Litre.Model.Families;
using Litre.Model.Hub;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre data preview DIR --html FILE</c>: some rows on one self-contained page.</summary>
internal sealed class DataPreviewCommand : Command
{
    private readonly Argument<string> _data = new("DATA") { Description = "A data folder or one data file." };
    private readonly Option<string> _html = new("--html") { Description = "The HTML page to write.", Required = true };
    private readonly Option<string?> _model = new("--model")
    {
        Description = "A checkpoint folder, to show which tokens the loss is computed on.",
    };
    private readonly Option<int> _samples = new("--samples")
    {
        Description = "Number of rows to show, chosen at random.",
        DefaultValueFactory = _ => 24,
    };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed for choosing the rows." };
    private readonly PixelOptions _pixels;
    private readonly TileOptions _tiles;
    private readonly ReadingOptions _reading;

    public DataPreviewCommand()
        : base("preview", "Writes one HTML page with the images, prompts, learned answers and boxes of sampled rows.")
    {
        Arguments.Add(_data);
        foreach (var option in (Option[])[_html, _model, _samples, _seed])
            Options.Add(option);
        _pixels = new PixelOptions(this);
        _tiles = new TileOptions(this);
        _reading = new ReadingOptions(this);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var samples = parsed.GetValue(_samples);
        if (samples < 1)
            throw new InputException($"--samples {samples}: expected 1 or more");
        var html = parsed.GetValue(_html)!;
        if (html.Length == 0)
            throw new InputException("--html: the name is empty; give the file to write, such as preview.html");
        if (Directory.Exists(html))
            throw new InputException($"--html {html}: is a folder; give the file to write, such as {Path.Combine(html, "preview.html")}");
        var model = parsed.GetValue(_model) is { } given ? ModelFolder.Resolve(given) : null;
        var tiling = _tiles.Tiling(parsed);
        DataPreview.Write(
            parsed.GetValue(_data)!,
            html,
            new PreviewOptions
            {
                Wording = OptionText.Render,
                Samples = samples,
                Seed = parsed.GetValue(_seed),
                Encoder = model is null
                    ? null
                    : SampleEncoder.Load(
                        ModelConfigs.Load(model).Family.Format,
                        model,
                        _pixels.Minimum(parsed),
                        _pixels.Maximum(parsed),
                        tiling: tiling
                    ),
                Tiling = tiling,
                Reading = _reading.Options(parsed),
            }
        );
        Terminal.Output.MarkupLineInterpolated($"wrote {Path.GetFullPath(html)}; open it in a browser");
        return ExitCode.Success;
    }
}
