using Litre.Torch;

namespace Litre.Inference.Scheduling;

/// <summary>When the step that decodes a token is recorded and replayed for later tokens.</summary>
public sealed record ReplaySettings
{
    /// <summary>Records whenever possible, even if it is not worthwhile.</summary>
    public static ReplaySettings Always { get; } = new() { MinTokens = 1 };

    /// <summary>Runs every step operator by operator.</summary>
    public static ReplaySettings Never { get; } = new() { OpenStream = _ => null };

    /// <summary>
    /// Steps of a set of sequences that run operator by operator before one is recorded: they choose algorithms, load code and allocate
    /// the libraries' workspaces.
    /// </summary>
    public int WarmupSteps { get; init; } = 2;

    /// <summary>With fewer remaining tokens than this, recording costs more time than it saves.</summary>
    public int MinTokens { get; init; } = 16;

    /// <summary>Opens the stream on which steps are recorded on a device, or returns null if they are not recorded.</summary>
    internal Func<Device, IStepStream?> OpenStream { get; init; } = CudaGraphs.TryOpen;

    /// <summary>Whether a model can be recorded where it is. CPU tensors replace others in tests.</summary>
    internal bool AnyDevice { get; init; }
}
