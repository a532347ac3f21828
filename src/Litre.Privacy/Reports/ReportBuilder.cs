using Litre.Core;
using Litre.Privacy.Containment;
using Litre.Privacy.Tracing;

namespace Litre.Privacy.Reports;

/// <summary>Draws the conclusions from the commands of a proof.</summary>
public static class ReportBuilder
{
    /// <summary>The name of the step that starts a server.</summary>
    public const string ServeStep = "serve";

    /// <param name="means">What the machine allowed.</param>
    /// <param name="steps">The commands, in order.</param>
    /// <param name="scopes">Where files may be written.</param>
    /// <param name="programs">The programs with their sums.</param>
    public static PrivacyReport Build(
        ProofMeans means,
        IReadOnlyList<StepRecord> steps,
        FileScopes scopes,
        IReadOnlyList<ProgramFacts> programs
    )
    {
        var (outside, names) = (Addresses(steps, NetworkReach.Outside, NetworkReach.Unknown), Addresses(steps, NetworkReach.NameLookup));
        var folders = Folders(steps, scopes);
        var killed = steps.Where(step => step.Result?.WasKilled == true).Select(step => step.Name).ToList();
        var unexpected = folders.Where(folder => folder.Scope == Word(FileScope.Unexpected)).Sum(folder => folder.Files.Count);
        var failed = steps.Where(step => step.HasFailed).Select(step => step.Name).ToList();
        var verdict =
            outside.Count + names.Count + killed.Count + unexpected > 0 ? Verdict.Violated
            : failed.Count > 0 || steps.All(step => step.Result is null) ? Verdict.Incomplete
            : Verdict.Private;
        return new PrivacyReport
        {
            Verdict = verdict,
            Summary = verdict switch
            {
                Verdict.Private => Summarize(means, steps),
                Verdict.Violated => Accuse(outside.Count, names.Count, killed, unexpected),
                _ when failed.Count == 0 => "No command ran, so nothing is proven.",
                _ => $"Nothing left this machine, but {string.Join(" and ", failed)} failed, so the proof is not complete.",
            },
            ExitCode = verdict == Verdict.Private ? 0 : 1,
            Date = DateTimeOffset.UtcNow,
            Proof = new ProofFacts(
                means.HasNamespace,
                Word(means.Observation),
                [.. ProofTexts.Meaning(means, steps.Any(step => step is { Name: ServeStep, Result: not null }))],
                means.Limits,
                means.Trial
            ),
            Steps = [.. steps.Select(Describe)],
            Outside = outside,
            NameLookups = names,
            Loopback = Addresses(steps, NetworkReach.Loopback),
            UnixSockets = Addresses(steps, NetworkReach.UnixSocket),
            Files = folders,
            Programs = programs,
            Machine = MachineReading.Read(),
        };
    }

    private static string Summarize(ProofMeans means, IReadOnlyList<StepRecord> steps)
    {
        var ran = Units.Count(steps.Count(step => step.Result is not null), "command");
        return means.Observation == Observation.Trace
            ? $"Nothing left this machine: {ran} asked for no address outside of it and looked up no name."
            : $"Nothing left this machine: {ran} ran without a way out of it.";
    }

    private static string Accuse(int outside, int names, List<string> killed, int unexpected)
    {
        var parts = new List<string>();
        if (outside > 0)
            parts.Add(Units.Count(outside, "request") + " to leave this machine");
        if (names > 0)
            parts.Add(Units.Count(names, "attempt") + " to look up a name");
        if (killed.Count > 0)
            parts.Add($"a network socket in {string.Join(" and ", killed)}");
        if (unexpected > 0)
            parts.Add(Units.Count(unexpected, "file") + " changed outside of the expected folders");
        return $"Found: {string.Join("; ", parts)}.";
    }

    private static StepFacts Describe(StepRecord step) =>
        new(
            step.Name,
            step.Command,
            step.Result is null ? "skipped"
                : step.HasFailed ? "failed"
                : "passed",
            Math.Round(step.Result?.Time.TotalSeconds ?? 0, 1),
            step.Result?.Log.Calls ?? 0,
            step.Note ?? step.Result?.Gap
        );

    private static List<AddressFacts> Addresses(IReadOnlyList<StepRecord> steps, params NetworkReach[] reaches) =>
        [
            .. (
                from step in steps
                where step.Result is not null
                from entry in step.Result!.Log.Network
                where reaches.Contains(entry.Use.Reach)
                group (step.Name, entry.Program, entry.Count) by entry.Use
            ).Select(use => new AddressFacts(
                use.Key.Address,
                Word(use.Key.Action),
                use.Key.IsRefused,
                use.Sum(entry => entry.Count),
                [.. use.Select(entry => entry.Program).Distinct()],
                [.. use.Select(entry => entry.Name).Distinct()]
            )),
        ];

    private static List<FolderFacts> Folders(IReadOnlyList<StepRecord> steps, FileScopes scopes)
    {
        var changes =
            from step in steps
            where step.Result is not null
            from entry in step.Result!.Log.Files
            select (Step: step.Name, entry.Program, entry.Change);
        return
        [
            .. changes
                .GroupBy(entry => (Folder: FolderOf(entry.Change.Path), Scope: scopes.Of(entry.Change.Path)))
                .OrderByDescending(folder => folder.Key.Scope)
                .ThenBy(folder => folder.Key.Folder, StringComparer.Ordinal)
                .Select(folder => new FolderFacts(
                    folder.Key.Folder,
                    Word(folder.Key.Scope),
                    [.. folder.Select(entry => entry.Step).Distinct()],
                    [
                        .. folder
                            .GroupBy(entry => Path.GetFileName(entry.Change.Path))
                            .OrderBy(file => file.Key, StringComparer.Ordinal)
                            .Select(file => new FileFacts(
                                file.Key,
                                [.. file.Select(entry => ProofTexts.Describe(entry.Change.Action)).Distinct()],
                                [.. file.Select(entry => entry.Program).Distinct()]
                            )),
                    ]
                )),
        ];
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : "/";

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
