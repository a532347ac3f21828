namespace Litre.Training.Tuning;

/// <summary>How the learning rate falls after its warmup.</summary>
public enum ScheduleKind
{
    Constant,
    Linear,
    Cosine,
}
