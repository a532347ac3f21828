namespace Litre.Access.Audit;

/// <summary>Something that is wrong with an audit log.</summary>
/// <param name="File">The name of the file.</param>
/// <param name="Line">The line in that file, from 1; 0 for the file as a whole.</param>
/// <param name="Problem">What is wrong with it, as the rest of a sentence.</param>
public sealed record AuditFinding(string File, int Line, string Problem)
{
    public override string ToString() => Line == 0 ? $"{File}: {Problem}" : $"{File}:{Line}: {Problem}";
}
