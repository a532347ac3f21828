namespace Litre.Access.Audit;

/// <summary>What the verification of an audit log found.</summary>
/// <param name="Lines">The number of lines that were read.</param>
/// <param name="Files">The number of files.</param>
/// <param name="Sha256">The hash of the last line, in hexadecimal digits; zeros if there is none.</param>
/// <param name="Findings">What is wrong, in the order of the log.</param>
/// <param name="Notes">What is not wrong but worth knowing, such as an incomplete line that was moved to a file of its own.</param>
public sealed record AuditVerification(
    long Lines,
    int Files,
    string Sha256,
    IReadOnlyList<AuditFinding> Findings,
    IReadOnlyList<AuditFinding> Notes
)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsIntact => Findings.Count == 0;
}
