using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>Does something when a run begins, which is after everything that could refuse it.</summary>
/// <param name="begin">What to do.</param>
internal sealed class StartObserver(Action begin) : ITuneObserver
{
    public void OnStart(TuneStart start) => begin();
}
