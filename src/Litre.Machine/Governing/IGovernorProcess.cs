namespace Litre.Machine.Governing;

/// <summary>The governor's process, for its trainer.</summary>
public interface IGovernorProcess
{
    /// <summary>How it ended, such as <c>signal 9</c>; null while it is running.</summary>
    string? ExitReason { get; }

    /// <summary>Ends it at once.</summary>
    void Kill();
}
