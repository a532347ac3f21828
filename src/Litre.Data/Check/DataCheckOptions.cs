using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Splits;

namespace Litre.Data.Check;

/// <summary>What a data check looks at.</summary>
public sealed record DataCheckOptions
{
    /// <summary>Counts tokens as this checkpoint does; null checks rows and images only.</summary>
    public SampleEncoder? Encoder { get; init; }

    /// <summary>
    /// Says which frames of a video are decoded where there is no <see cref="Encoder"/>; null looks at frames given as images alone.
    /// </summary>
    public ImageProcessor? VideoProcessor { get; init; }

    /// <summary>Longest sequence in tokens that training will take; null for none.</summary>
    public int? MaximumLength { get; init; }

    public DataSetOptions Reading { get; init; } = DataSetOptions.Default;

    public ImageLimits Limits { get; init; } = ImageLimits.Default;

    public SplitOptions Split { get; init; } = new();

    /// <summary>Rows examined at once; each may hold one decoded image.</summary>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>Told the number of rows done so far, from time to time.</summary>
    public Action<long>? Progress { get; init; }
}
