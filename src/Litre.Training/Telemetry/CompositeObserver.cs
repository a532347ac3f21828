using Litre.Training.Tuning;

namespace Litre.Training.Telemetry;

/// <summary>Tells several observers, in their order, and disposes those that can be.</summary>
/// <param name="observers">Told one after the other; the first failure is the caller's, after all were told.</param>
public sealed class CompositeObserver(params IReadOnlyList<ITuneObserver> observers) : ITuneObserver, IDisposable
{
    public void OnStart(TuneStart start) => Notify(observer => observer.OnStart(start));

    public void OnStep(StepRecord step) => Notify(observer => observer.OnStep(step));

    public void OnValidation(ValidationRecord validation) => Notify(observer => observer.OnValidation(validation));

    public void OnCheckpoint(string folder, int step) => Notify(observer => observer.OnCheckpoint(folder, step));

    public void OnMessage(string text) => Notify(observer => observer.OnMessage(text));

    public void OnEnd(TuneEnd end) => Notify(observer => observer.OnEnd(end));

    public void Dispose() => Notify(observer => (observer as IDisposable)?.Dispose());

    // One that fails must not keep the others from what happened: a console that was not told of the end would hang on the screen.
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
