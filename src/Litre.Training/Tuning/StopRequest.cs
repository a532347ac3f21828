namespace Litre.Training.Tuning;

/// <summary>Asks a run to end after its current step. Thread-safe.</summary>
public sealed class StopRequest
{
    private volatile bool _asked;

    public bool Asked => _asked;

    public void Ask() => _asked = true;
}
