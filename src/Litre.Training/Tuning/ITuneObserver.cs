namespace Litre.Training.Tuning;

/// <summary>
/// Receives the events of a run, on the training thread. Metrics, log and console are observers. An observer implements only the events
/// that it needs.
/// </summary>
public interface ITuneObserver
{
    /// <param name="start">What is about to run.</param>
    void OnStart(TuneStart start) { }

    void OnStep(StepRecord step) { }

    void OnValidation(ValidationRecord validation) { }

    /// <param name="folder">The finished checkpoint.</param>
    /// <param name="step">After which step.</param>
    void OnCheckpoint(string folder, int step) { }

    /// <param name="text">One line for the log.</param>
    void OnMessage(string text) { }

    /// <param name="end">How the run ended.</param>
    void OnEnd(TuneEnd end) { }
}
