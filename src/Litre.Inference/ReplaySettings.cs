using Litre.Torch;

namespace Litre.Inference;

/// <summary>When the step that decodes a token is recorded, to be replayed for the tokens after it.</summary>
public sealed record ReplaySettings
{
    /// <summary>Records whatever can be, also where it does not pay.</summary>
    public static ReplaySettings Always { get; } = new() { MinTokens = 1 };

    /// <summary>Runs every step operator by operator.</summary>
    public static ReplaySettings Never { get; } = new() { OpenStream = _ => null };

    /// <summary>
    /// Steps of a set of sequences that run operator by operator before one is recorded: they choose algorithms, load code and take the
    /// work space that libraries want.
    /// </summary>
    public int WarmupSteps { get; init; } = 2;

    /// <summary>With fewer tokens to come than this, recording costs more time than it saves.</summary>
    public int MinTokens { get; init; } = 16;

    /// <summary>Gives the place where steps are recorded on a device, or null where they are not.</summary>
    internal Func<Device, IStepStream?> OpenStream { get; init; } = CudaGraphs.TryOpen;

    /// <summary>Whether a model can be recorded where it lies. CPU tensors stand in for others in tests.</summary>
    internal bool AnyDevice { get; init; }
}
