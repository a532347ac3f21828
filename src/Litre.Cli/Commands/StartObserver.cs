using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>Calls an action when a run starts, that is, after everything that could refuse it.</summary>
/// <param name="begin">The action.</param>
internal sealed class StartObserver(Action begin) : ITuneObserver
{
    public void OnStart(TuneStart start) => begin();
}
