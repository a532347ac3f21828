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
        Description =
            $"The scale of boxes and points in the data: {string.Join(", ", BoxScales.Names)}. They are brought to 0 "
            + "to 1000; thousandths leaves them.",
    };

    private readonly Option<bool> _textRows = new("--text-rows")
    {
        Description = "Read rows of plain text, for continued pretraining: all of the text carries loss.",
    };
    private readonly Option<string?> _question = new("--question")
    {
        Description = "What rows are asked that hold an answer or a caption and no question.",
    };

    public ReadingOptions(Command command)
    {
        command.Options.Add(_imageRoot);
        command.Options.Add(_boxes);
        command.Options.Add(_textRows);
        command.Options.Add(_question);
    }

    /// <exception cref="Core.InputException">There is no such scale.</exception>
    public DataSetOptions Options(ParseResult parsed) =>
        DataSetOptions.Default with
        {
            ImageRoot = parsed.GetValue(_imageRoot),
            Boxes = BoxScales.Parse(parsed.GetValue(_boxes)),
            TextRows = parsed.GetValue(_textRows),
            Question = parsed.GetValue(_question) is { Length: > 0 } question ? question : null,
        };
}
