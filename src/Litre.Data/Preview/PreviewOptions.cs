using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Tiles;

namespace Litre.Data.Preview;

/// <summary>The content of a preview page.</summary>
public sealed record PreviewOptions
{
    /// <summary>Number of samples shown, drawn uniformly from all of them.</summary>
    public int Samples { get; init; } = 24;

    /// <summary>The seed of the draw.</summary>
    public ulong Seed { get; init; }

    /// <summary>Shows answers token by token as this checkpoint does; null shows them as text.</summary>
    public SampleEncoder? Encoder { get; init; }

    /// <summary>Shows large images as their tiles; null shows them whole.</summary>
    public Tiling? Tiling { get; init; }

    /// <summary>Longer side of the embedded images, in pixels.</summary>
    public int ImageSide { get; init; } = 640;

    /// <summary>Maximum number of unusable rows shown at the end.</summary>
    public int UnusableRows { get; init; } = 200;

    /// <summary>Renders a text that names settings in backticks; unchanged by default.</summary>
    public Func<string, string> Wording { get; init; } = text => text;

    public DataSetOptions Reading { get; init; } = DataSetOptions.Default;

    public ImageLimits Limits { get; init; } = ImageLimits.Default;
}
