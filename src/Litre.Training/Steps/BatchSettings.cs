namespace Litre.Training.Steps;

/// <summary>How samples become steps, and how many there are.</summary>
public sealed record BatchSettings
{
    /// <summary>Tokens of a pass where neither user nor plan says how many.</summary>
    public const int DefaultPassTokens = 8192;

    /// <summary>Passes over the data.</summary>
    public double Epochs { get; init; } = 3;

    /// <summary>Steps instead of epochs; 0 for epochs.</summary>
    public int MaxSteps { get; init; }

    /// <summary>Tokens of a pass; 0 leaves it to the plan.</summary>
    public int MicroBatchTokens { get; init; }

    /// <summary>Passes of a step.</summary>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>Whether questions about one image go into one pass, in which its tokens stand once.</summary>
    public bool SharePrefixes { get; init; } = true;

    /// <summary>Longer samples are left out; 0 for those that a pass does not hold.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Tokens of a pass.</summary>
    public int PassTokens => MicroBatchTokens > 0 ? MicroBatchTokens : DefaultPassTokens;

    /// <summary>Tokens of the longest sample that is taken.</summary>
    public int LongestSample => MaxTokens > 0 ? Math.Min(MaxTokens, PassTokens) : PassTokens;
}
