using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>Does something when a run begins, which is after everything that could refuse it.</summary>
/// <param name="begin">What to do.</param>
internal sealed class StartObserver(Action begin) : ITuneObserver
{
    public void OnStart(TuneStart start) => begin();

    public void OnStep(StepRecord step) { }

    public void OnValidation(ValidationRecord validation) { }

    public void OnCheckpoint(string folder, int step) { }

    public void OnMessage(string text) { }

    public void OnEnd(TuneEnd end) { }
}
