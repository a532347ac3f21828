using System.CommandLine;
using Litre.Data.Boxes;
using Litre.Data.Formats;

namespace Litre.Cli.Commands;

/// <summary>How data are read, for every command that reads some.</summary>
internal sealed class ReadingOptions
{
    private readonly Option<string?> _imageRoot = new("--image-root") { Description = "A further folder that image paths may begin from." };
    private readonly Option<string?> _boxes = new("--boxes")
    {
        Description = $"The scale of boxes and points in the data: {string.Join(", ", BoxScales.Names)}. They are brought to 0 to 1000; thousandths leaves them.",
    };

    public ReadingOptions(Command command)
    {
        command.Options.Add(_imageRoot);
        command.Options.Add(_boxes);
    }

    /// <exception cref="Torch.InputException">There is no such scale.</exception>
    public DataSetOptions Options(ParseResult parsed) =>
        DataSetOptions.Default with { ImageRoot = parsed.GetValue(_imageRoot), Boxes = BoxScales.Parse(parsed.GetValue(_boxes)) };
}
