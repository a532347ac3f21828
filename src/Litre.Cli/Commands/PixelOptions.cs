using System.CommandLine;

namespace Litre.Cli.Commands;

/// <summary>The limits that images are resized into, for every command that reads images.</summary>
internal sealed class PixelOptions
{
    private readonly Option<long?> _minimum = new("--min-pixels")
    {
        Description = "Enlarge images to at least this many pixels. Default: the checkpoint's own.",
    };
    private readonly Option<long?> _maximum = new("--max-pixels")
    {
        Description = "Shrink images to at most this many pixels. Default: the checkpoint's own.",
    };

    public PixelOptions(Command command)
    {
        command.Options.Add(_minimum);
        command.Options.Add(_maximum);
    }

    public long? Minimum(ParseResult parsed) => parsed.GetValue(_minimum);

    public long? Maximum(ParseResult parsed) => parsed.GetValue(_maximum);
}
