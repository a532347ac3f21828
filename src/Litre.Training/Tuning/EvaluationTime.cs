namespace Litre.Training.Tuning;

/// <summary>When a run answers held-out questions.</summary>
public enum EvaluationTime
{
    /// <summary>Base and tuned model, compared.</summary>
    Both,

    /// <summary>Never.</summary>
    None,
}
