using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Splits;

namespace Litre.Data.Check;

/// <summary>The options of a data check.</summary>
public sealed record DataCheckOptions
{
    /// <summary>Counts tokens as this checkpoint does; null checks rows and images only.</summary>
    public SampleEncoder? Encoder { get; init; }

    /// <summary>
    /// Selects the frames of a video to decode if there is no <see cref="Encoder"/>; null checks only frames given as images.
    /// </summary>
    public ImageProcessor? VideoProcessor { get; init; }

    /// <summary>The longest sequence in tokens that training accepts; null for no limit.</summary>
    public int? MaximumLength { get; init; }

    public DataSetOptions Reading { get; init; } = DataSetOptions.Default;

    public ImageLimits Limits { get; init; } = ImageLimits.Default;

    public SplitOptions Split { get; init; } = new();

    /// <summary>Rows examined at once; each may keep one decoded image.</summary>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>Called from time to time with the number of rows checked so far.</summary>
    public Action<long>? Progress { get; init; }
}
