using System.CommandLine;
using Litre.Data.Boxes;
using Litre.Data.Formats;

namespace Litre.Cli.Commands;

/// <summary>The options for reading data, for every command that reads data.</summary>
internal sealed class ReadingOptions
{
    private readonly Option<string?> _imageRoot = new("--image-root")
    {
        Description = "Additional folder to resolve relative image paths against.",
    };
    private readonly Option<string?> _boxes = new("--boxes")
    {
        Description =
            $"Scale of the boxes and points in the data: {string.Join(", ", BoxScales.Names)}. They are converted to 0 "
            + "to 1000; thousandths keeps them unchanged.",
    };

    private readonly Option<bool> _textRows = new("--text-rows")
    {
        Description = "Read rows of plain text, for continued pretraining: the loss is computed on all of the text.",
    };
    private readonly Option<string?> _question = new("--question")
    {
        Description = "The question for rows that have an answer or a caption but no question.",
    };

    public ReadingOptions(Command command)
    {
        command.Options.Add(_imageRoot);
        command.Options.Add(_boxes);
        command.Options.Add(_textRows);
        command.Options.Add(_question);
    }

    /// <exception cref="Core.InputException">The scale is unknown.</exception>
    public DataSetOptions Options(ParseResult parsed) =>
        DataSetOptions.Default with
        {
            ImageRoot = parsed.GetValue(_imageRoot),
            Boxes = BoxScales.Parse(parsed.GetValue(_boxes)),
            TextRows = parsed.GetValue(_textRows),
            Question = parsed.GetValue(_question) is { Length: > 0 } question ? question : null,
        };
}
