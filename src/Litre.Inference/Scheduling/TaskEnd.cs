namespace Litre.Inference.Scheduling;

/// <summary>Why a task ended.</summary>
internal enum TaskEnd
{
    /// <summary>A stop token, or its caller.</summary>
    Stop,

    /// <summary>The maximum number of tokens.</summary>
    Length,
}
