namespace Litre.Training.Steps;

/// <summary>How samples are combined into steps, and how many steps there are.</summary>
public sealed record BatchSettings
{
    /// <summary>Tokens per pass if neither the user nor the plan sets a number.</summary>
    public const int DefaultPassTokens = 8192;

    /// <summary>Passes over the data.</summary>
    public double Epochs { get; init; } = 3;

    /// <summary>Number of steps, which overrides the epochs; 0 to use the epochs.</summary>
    public int MaxSteps { get; init; }

    /// <summary>Tokens per pass; 0 lets the plan choose.</summary>
    public int MicroBatchTokens { get; init; }

    /// <summary>Passes per step.</summary>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>Whether questions about the same image share one pass that contains the image's tokens only once.</summary>
    public bool SharePrefixes { get; init; } = true;

    /// <summary>Longer samples are skipped; 0 to skip only those that do not fit into a pass.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Tokens of a pass.</summary>
    public int PassTokens => MicroBatchTokens > 0 ? MicroBatchTokens : DefaultPassTokens;

    /// <summary>Tokens of the longest sample that is taken.</summary>
    public int LongestSample => MaxTokens > 0 ? Math.Min(MaxTokens, PassTokens) : PassTokens;
}
