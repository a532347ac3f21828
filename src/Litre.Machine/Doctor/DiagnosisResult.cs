namespace Litre.Machine.Doctor;

/// <summary>All that the doctor found.</summary>
/// <param name="Findings">In the order of the report.</param>
/// <param name="Operators">Every operator by itself; empty where the engine does not run.</param>
/// <param name="EngineRuns">Whether anything can be computed.</param>
/// <param name="Seconds">Taken.</param>
public sealed record DiagnosisResult(IReadOnlyList<Finding> Findings, IReadOnlyList<OperatorRow> Operators, bool EngineRuns, double Seconds)
{
    public bool IsReady => Findings.All(f => f.Level != FindingLevel.Problem);

    /// <summary>The whole in one line.</summary>
    public string Verdict
    {
        get
        {
            var problems = Findings.Where(f => f.Level == FindingLevel.Problem).ToList();
            var notes = Findings.Count(f => f.Level == FindingLevel.Note);
            var noted = notes switch
            {
                0 => "",
                1 => "1 note",
                _ => $"{notes} notes",
            };
            if (problems.Count == 0)
                return notes == 0 ? "Ready: nothing stands in the way of a run." : $"Ready: a run can start, with {noted}.";
            var named = string.Join(", ", problems.Select(p => $"{p.Group} ({p.Name})"));
            return $"Not ready: {(problems.Count == 1 ? "1 problem" : $"{problems.Count} problems")} in "
                + $"{named}{(EngineRuns ? "" : "; nothing can be computed")}.";
        }
    }
}
