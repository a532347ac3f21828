namespace Litre.Machine.Setup;

/// <summary>The user's settings for setup.</summary>
public sealed record SetupSettings
{
    /// <summary>The address of an index with the layout of PyTorch's, or a folder of wheels.</summary>
    public string Index { get; init; } = LibtorchSetup.DefaultIndex;

    /// <summary>The requested release, for example <c>2.11.0</c>; null for the newest stable one.</summary>
    public string? Version { get; init; }

    /// <summary>A build such as <c>cu130</c>; <c>auto</c> for the best one that the driver supports; <c>cpu</c>.</summary>
    public string Cuda { get; init; } = LibtorchSetup.Auto;

    /// <summary>The folder of installations.</summary>
    public string Output { get; init; } = LibtorchSetup.DefaultOutput;

    /// <summary>Choose and report only, and write nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// Loads the libtorch in a folder in a separate process, and returns why it does not work; null if it does. An
    /// installation that fails is not kept.
    /// </summary>
    public required Func<string, CancellationToken, Task<string?>> VerifyAsync { get; init; }

    /// <summary>Called with one line for each action.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Called with the progress of the downloads.</summary>
    public Action<SetupProgress>? Progress { get; init; }
}
