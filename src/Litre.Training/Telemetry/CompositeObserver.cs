using Litre.Training.Tuning;

namespace Litre.Training.Telemetry;

/// <summary>Forwards each event to several observers, in their order, and disposes those that are disposable.</summary>
/// <param name="observers">Called one after the other; the first exception is thrown after all were called.</param>
public sealed class CompositeObserver(params IReadOnlyList<ITuneObserver> observers) : ITuneObserver, IDisposable
{
    public void OnStart(TuneStart start) => Notify(observer => observer.OnStart(start));

    public void OnStep(StepRecord step) => Notify(observer => observer.OnStep(step));

    public void OnValidation(ValidationRecord validation) => Notify(observer => observer.OnValidation(validation));

    public void OnCheckpoint(string folder, int step) => Notify(observer => observer.OnCheckpoint(folder, step));

    public void OnMessage(string text) => Notify(observer => observer.OnMessage(text));

    public void OnEnd(TuneEnd end) => Notify(observer => observer.OnEnd(end));

    public void Dispose() => Notify(observer => (observer as IDisposable)?.Dispose());

    // A failing observer must not keep events from the others: a console that is not notified of the end would hang.
    private void Notify(Action<ITuneObserver> notify)
    {
        Exception? first = null;
        foreach (var observer in observers)
        {
            try
            {
                notify(observer);
            }
            catch (Exception e)
            {
                first ??= e;
            }
        }
        if (first is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
    }
}
