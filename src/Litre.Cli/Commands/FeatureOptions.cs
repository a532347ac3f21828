using System.CommandLine;
using Litre.Core;
using Litre.Inference.Features;
using Litre.Model.Files;

namespace Litre.Cli.Commands;

/// <summary>Where what the vision tower makes of images is kept on a disk, for commands that have no recipe.</summary>
internal sealed class FeatureOptions
{
    private readonly Option<string> _size = new("--feature-disk")
    {
        Description = "Most that the vision tower's outputs take on a disk, such as 20GiB; 0 keeps none there.",
        DefaultValueFactory = _ => ByteSize.Text(FeatureDiskSettings.DefaultBytes),
    };

    private readonly Option<string> _folder = new("--feature-folder")
    {
        Description = "Where they lie. Default: ~/.litre/features.",
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
