namespace Litre.Machine.Governing;

/// <summary>The governed process.</summary>
public interface ITrainerProcess
{
    bool IsAlive { get; }

    /// <summary>Asks it to write a checkpoint and end (SIGTERM).</summary>
    void Terminate();

    /// <summary>Ends it at once (SIGKILL).</summary>
    void Kill();
}
