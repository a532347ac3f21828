using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary>The options for the limits to which images are resized, for every command that reads images.</summary>
internal sealed class PixelOptions
{
    private readonly Option<long?> _minimum = new("--min-pixels")
    {
        Description = "Enlarge smaller images to this many pixels. Default: the checkpoint's limit.",
    };
    private readonly Option<long?> _maximum = new("--max-pixels")
    {
        Description = "Downscale larger images to this many pixels. Default: the checkpoint's limit.",
    };

    public PixelOptions(Command command)
    {
        command.Options.Add(_minimum);
        command.Options.Add(_maximum);
    }

    public long? Minimum(ParseResult parsed) => parsed.GetValue(_minimum);

    public long? Maximum(ParseResult parsed) => parsed.GetValue(_maximum);
}
