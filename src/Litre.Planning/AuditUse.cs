namespace Litre.Planning;

/// <summary>Whether the audit log records a run.</summary>
public enum AuditUse
{
    /// <summary>It does; if the log cannot be written, the run reports that and goes on.</summary>
    On,

    /// <summary>It does; if the log cannot be written, the run does not start.</summary>
    Required,

    /// <summary>It does not.</summary>
    Off,
}
