namespace Litre.Data.Imaging;

/// <summary>
/// How a model family's images and videos are prepared: resized by bicubic interpolation, scaled by 1/255 and normalised per channel.
/// </summary>
public sealed record ImageContract
{
    /// <summary>What messages call the family.</summary>
    public required string Family { get; init; }

    /// <summary>What holds where a checkpoint's processor files do not say, and in new checkpoints.</summary>
    public required ProcessorOptions Options { get; init; }

    /// <summary>(C) subtracted from a channel's values between 0 and 1.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>(C) what the difference is divided by.</summary>
    public required IReadOnlyList<double> Deviation { get; init; }

    /// <summary>How the names of image and video processors begin that prepare as computed here.</summary>
    public required string ProcessorPrefix { get; init; }

    /// <summary><c>image_processor_type</c> of new checkpoints.</summary>
    public required string ImageProcessor { get; init; }

    /// <summary><c>video_processor_type</c> of new checkpoints.</summary>
    public required string VideoProcessor { get; init; }

    /// <summary><c>processor_class</c> of new checkpoints.</summary>
    public required string ProcessorClass { get; init; }
}
