using Litre.Training.Tuning;

namespace Litre.Training.Tests.Tuning;

/// <summary>Keeps what a run told.</summary>
internal sealed class RecordingObserver(Action<StepRecord>? onStep = null) : ITuneObserver
{
    public TuneStart? Start { get; private set; }

    public List<StepRecord> Steps { get; } = [];

    public List<ValidationRecord> Validations { get; } = [];

    public List<string> Messages { get; } = [];

    public void OnStart(TuneStart start) => Start = start;

    public void OnStep(StepRecord step)
    {
        Steps.Add(step);
        onStep?.Invoke(step);
    }

    public void OnValidation(ValidationRecord validation) => Validations.Add(validation);

    public void OnMessage(string text) => Messages.Add(text);
}
