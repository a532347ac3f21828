using System.CommandLine;
using Litre.Core;
using Litre.Inference.Features;
using Litre.Model.Files;

namespace Litre.Cli.Commands;

/// <summary>The options for image features cached on disk, for commands that have no recipe.</summary>
internal sealed class FeatureOptions
{
    private readonly Option<string> _size = new("--feature-disk")
    {
        Description = "Disk space for image features (the vision tower's outputs), such as 20GiB; 0 keeps none on disk.",
        DefaultValueFactory = _ => ByteSize.Text(FeatureDiskSettings.DefaultBytes),
    };

    private readonly Option<string> _folder = new("--feature-folder")
    {
        Description = "Folder of the image features on disk. Default: ~/.litre/features.",
        DefaultValueFactory = _ => "",
    };

    public FeatureOptions(Command command)
    {
        command.Options.Add(_size);
        command.Options.Add(_folder);
    }

    /// <exception cref="InputException">A value cannot be used.</exception>
    public FeatureDiskSettings? Settings(ParseResult parsed) =>
        FeatureDiskSettings.Of(parsed.GetValue(_folder)!, SizeOption.Parse("--feature-disk", parsed.GetValue(_size)!, minimum: 0));
}
