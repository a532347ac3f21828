namespace Litre.Machine.Setup;

/// <summary>What the user asks of setup.</summary>
public sealed record SetupSettings
{
    /// <summary>An address of the form of PyTorch's index, or a folder of wheels.</summary>
    public string Index { get; init; } = LibtorchSetup.DefaultIndex;

    /// <summary>The release wanted, for example <c>2.11.0</c>; null for the newest stable one.</summary>
    public string? Version { get; init; }

    /// <summary>A build such as <c>cu130</c>; <c>auto</c> for what the driver runs; <c>cpu</c>.</summary>
    public string Cuda { get; init; } = LibtorchSetup.Auto;

    /// <summary>The folder that holds installations.</summary>
    public string Output { get; init; } = LibtorchSetup.DefaultOutput;

    /// <summary>Chooses and says so, and writes nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// Loads the libtorch in a folder, in a process of its own, and answers why it does not work; null where it does. An
    /// installation that it refuses is not kept.
    /// </summary>
    public required Func<string, CancellationToken, Task<string?>> VerifyAsync { get; init; }

    /// <summary>Told what is being done, one line each.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Told how far the downloads are.</summary>
    public Action<SetupProgress>? Progress { get; init; }
}
