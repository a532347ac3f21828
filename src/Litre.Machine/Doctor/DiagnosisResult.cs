using Litre.Core;

namespace Litre.Machine.Doctor;

/// <summary>The result of all checks of the doctor.</summary>
/// <param name="Findings">In the order of the report.</param>
/// <param name="Operators">The result of each operator; empty if the engine does not run.</param>
/// <param name="EngineRuns">Whether libtorch runs, so that anything can be computed.</param>
/// <param name="Seconds">The duration of the checks.</param>
public sealed record DiagnosisResult(IReadOnlyList<Finding> Findings, IReadOnlyList<OperatorRow> Operators, bool EngineRuns, double Seconds)
{
    public bool IsReady => Findings.All(f => f.Level != FindingLevel.Problem);

    /// <summary>The result in one line.</summary>
    public string Verdict
    {
        get
        {
            var problems = Findings.Where(f => f.Level == FindingLevel.Problem).ToList();
            var notes = Findings.Count(f => f.Level == FindingLevel.Note);
            if (problems.Count == 0)
                return notes == 0 ? "Ready: no problem was found." : $"Ready: a run can start, with {Units.Count(notes, "note")}.";
            var named = string.Join(", ", problems.Select(p => $"{p.Group} ({p.Name})"));
            return $"Not ready: {Units.Count(problems.Count, "problem")} in "
                + $"{named}{(EngineRuns ? "" : "; nothing can be computed")}.";
        }
    }
}
