namespace Litre.Machine.Governing;

/// <summary>The governor's process, as its trainer sees it.</summary>
public interface IGovernorProcess
{
    /// <summary>How it ended, such as <c>signal 9</c>; null while it lives.</summary>
    string? ExitReason { get; }

    /// <summary>Ends it at once.</summary>
    void Kill();
}
