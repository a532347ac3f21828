namespace Litre.Data.Imaging;

/// <summary>
/// The preparation of a model family's images and videos: resized by bicubic interpolation, scaled by 1/255 and normalized per channel.
/// </summary>
public sealed record ImageContract
{
    /// <summary>The family's name in messages.</summary>
    public required string Family { get; init; }

    /// <summary>The options for settings that a checkpoint's processor files omit, and for new checkpoints.</summary>
    public required ProcessorOptions Options { get; init; }

    /// <summary>(C) subtracted from a channel's values between 0 and 1.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>(C) divisor of the difference.</summary>
    public required IReadOnlyList<double> Deviation { get; init; }

    /// <summary>The prefix of the names of image and video processors with this preparation.</summary>
    public required string ProcessorPrefix { get; init; }

    /// <summary><c>image_processor_type</c> of new checkpoints.</summary>
    public required string ImageProcessor { get; init; }

    /// <summary><c>video_processor_type</c> of new checkpoints.</summary>
    public required string VideoProcessor { get; init; }

    /// <summary><c>processor_class</c> of new checkpoints.</summary>
    public required string ProcessorClass { get; init; }
}
