using System.CommandLine;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Inference;
using Litre.Kernels;
using Litre.Model.Hub;

namespace Litre.Cli.Commands;

/// <summary>The options that open a model for answering.</summary>
internal sealed class SessionOptions
{
    private readonly Option<string> _model = new("--model") { Description = "The checkpoint's folder.", Required = true };
    private readonly AdapterOptions _adapter;
    private readonly PixelOptions _pixels;
    private readonly TileOptions _tiles;
    private readonly EngineOptions _engine;

    public SessionOptions(Command command)
    {
        command.Options.Add(_model);
        _adapter = new AdapterOptions(command, "Folder of an adapter, or of a run (its best adapter).");
        _pixels = new PixelOptions(command);
        _tiles = new TileOptions(command, TileOptions.Trained);
        _engine = EngineOptions.ForInference(command);
    }

    /// <summary>Reports, in one line per image, how far images are downscaled or into how many tiles they are cut.</summary>
    public void ReportTiles(ParseResult parsed, ModelSession session, IEnumerable<ImageSource> images)
    {
        foreach (var note in images.Select(i => TileNote.Of(i, session.Encoder, !_tiles.IsGiven(parsed))).OfType<string>())
            Console.Error.WriteLine(note);
    }

    /// <summary>Reports the same in one line for many images.</summary>
    public void ReportTiles(ParseResult parsed, ModelSession session)
    {
        if (TileNote.OfMany(session.Encoder, !_tiles.IsGiven(parsed)) is { } note)
            Console.Error.WriteLine(note);
    }

    /// <summary>The folder of the model.</summary>
    /// <exception cref="InputException">The hub's cache does not contain the whole model.</exception>
    public string Folder(ParseResult parsed) => ModelFolder.Resolve(parsed.GetValue(_model)!);

    /// <summary>Loads the model, which can take minutes.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="featureBytes">Host memory for the features of images that are used in several questions.</param>
    /// <exception cref="InputException">The checkpoint, the adapter or the device cannot be used.</exception>
    public ModelSession Open(ParseResult parsed, long featureBytes = 0)
    {
        var (model, adapter) = (Folder(parsed), _adapter.Folder(parsed));
        using var loading = new LoadConsole();
        return ModelSession.Open(
            new SessionSettings(model)
            {
                Adapter = adapter,
                AllowOtherBase = _adapter.AllowsOtherBase(parsed),
                Device = _engine.Device(parsed),
                DType = _engine.DType(parsed, model),
                MinimumPixels = _pixels.Minimum(parsed),
                MaximumPixels = _pixels.Maximum(parsed),
                Tiling = _tiles.Tiling(parsed, model, adapter),
                UsesTrainedTiling = false,
                FeatureBytes = featureBytes,
                Kernels = KernelOptions.FromEnvironment(),
            },
            loading.Show,
            OptionText.WriteError
        );
    }
}
