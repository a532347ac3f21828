namespace Litre.Evaluation.Metrics;

/// <summary>A measure of an answer.</summary>
public enum Metric
{
    /// <summary>Each sample's headline metric (determined by <see cref="Scorer"/>): 0 to 1, higher is better.</summary>
    Score,

    /// <summary>Cross entropy of the reference answer, mean over its tokens, in nats: lower is better.</summary>
    Loss,

    ExactMatch,

    MultipleChoice,

    /// <summary>1 - edits / longer length.</summary>
    Similarity,

    Anls,

    RelaxedAccuracy,

    /// <summary>Edits per character of the reference: lower is better, and more than 1 for answers that are too long.</summary>
    CharacterErrorRate,

    /// <summary>Boxes found at an overlap of at least one half.</summary>
    BoxAccuracy,

    /// <summary>Mean overlap of boxes.</summary>
    BoxIou,
}
