using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Tiles;

namespace Litre.Data.Preview;

/// <summary>What a preview page shows.</summary>
public sealed record PreviewOptions
{
    /// <summary>Samples shown, drawn evenly from all of them.</summary>
    public int Samples { get; init; } = 24;

    /// <summary>Of the draw.</summary>
    public ulong Seed { get; init; }

    /// <summary>Shows answers token by token as this checkpoint does; null shows them as text.</summary>
    public SampleEncoder? Encoder { get; init; }

    /// <summary>Shows large images as their tiles; null shows them whole.</summary>
    public Tiling? Tiling { get; init; }

    /// <summary>Longer side of the embedded images, in pixels.</summary>
    public int ImageSide { get; init; } = 640;

    /// <summary>Unusable rows shown at the end.</summary>
    public int UnusableRows { get; init; } = 200;

    /// <summary>How a text that names settings in backticks is shown; as it is by default.</summary>
    public Func<string, string> Wording { get; init; } = text => text;

    public DataSetOptions Reading { get; init; } = DataSetOptions.Default;

    public ImageLimits Limits { get; init; } = ImageLimits.Default;
}
