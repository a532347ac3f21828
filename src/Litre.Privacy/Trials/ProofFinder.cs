using Litre.Core;
using Litre.Privacy.Containment;
using Litre.Privacy.Native;
using Litre.Privacy.Tracing;

namespace Litre.Privacy.Trials;

/// <summary>
/// Finds out what kind of proof a machine allows, by trying it: a program that attempts to leave the machine and writes a file is
/// contained in each way, the strongest first, until one catches all of its attempts.
/// </summary>
/// <param name="self">The command that runs <see cref="EntryStage"/>.</param>
/// <param name="plant">The command that makes <see cref="PlantedAttempts"/>; the file follows.</param>
public sealed class ProofFinder(IReadOnlyList<string> self, IReadOnlyList<string> plant)
{
    /// <summary>Tries what is possible.</summary>
    /// <param name="folder">An empty folder for the trials.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="InputException">No proof is possible; the message says what to allow.</exception>
    public async Task<ProofMeans> FindAsync(string folder, CancellationToken cancel = default)
    {
        _ = KernelTable.Current;
        var limits = new List<string>();
        var refusal = NetworkNamespace.Try();
        if (refusal is not null)
            limits.Add($"No network namespace: {refusal}. To have one: {Allowances.Namespace(refusal)}.");
        foreach (var observation in (Observation[])[Observation.Trace, Observation.Filter, Observation.None])
        {
            var means = new ProofMeans(refusal is null, observation);
            if (!means.IsAny)
                break;
            var (caught, gap) = await TryAsync(means, folder, cancel);
            if (gap is null)
                return means with { Limits = limits, Trial = caught };
            limits.Add(
                observation switch
                {
                    Observation.Trace => $"No trace of system calls: {gap}. To have one: {Allowances.Trace(gap)}.",
                    Observation.Filter => $"No filter of system calls: {gap}.",
                    _ => $"The network namespace does not hold: {gap}.",
                }
            );
        }
        throw new InputException($"no proof is possible on this machine: {string.Join(' ', limits)}");
    }

    private async Task<(IReadOnlyList<string> Caught, string? Gap)> TryAsync(ProofMeans means, string folder, CancellationToken cancel)
    {
        var (file, output) = (Path.Combine(folder, "planted"), Path.Combine(folder, "trial.txt"));
        var result = await new Container(self, means).RunAsync(new ContainedCommand([.. plant, file]) { OutputFile = output }, cancel);
        if (result.ExitCode == EntryStage.NotContained || result.Gap is not null)
            return ([], LastLine(output) ?? result.Gap ?? $"exit code {result.ExitCode}");
        if (means.Observation == Observation.Filter)
            return result.WasKilled
                ? (["an IPv4 socket, whose program was ended"], null)
                : ([], $"a program that created an IPv4 socket was not ended (exit code {result.ExitCode})");
        if (result.ExitCode != 0)
            return ([], $"{result.ExitCode} attempts to leave the machine were not refused");
        return means.Observation == Observation.Trace
            ? Compare(result.Log, file)
            : (["connections by IPv4 and IPv6", "a question to a DNS server"], null);
    }

    private static (IReadOnlyList<string> Caught, string? Gap) Compare(TraceLog log, string file)
    {
        var uses = log.Network.Select(entry => entry.Use).ToHashSet();
        (bool IsCaught, string Text)[] attempts =
        [
            Network(NetworkAction.Connect, NetworkReach.Outside, PlantedAttempts.Internet, "IPv4"),
            Network(NetworkAction.Connect, NetworkReach.Outside, PlantedAttempts.Internet6, "IPv6"),
            Network(NetworkAction.Send, NetworkReach.NameLookup, PlantedAttempts.NameServer, "DNS over UDP"),
            (log.Files.Any(entry => entry.Change == new FileChange(FileAction.Create, file)), "a file written outside"),
        ];
        return attempts.Where(attempt => !attempt.IsCaught).Select(attempt => attempt.Text).ToList() is { Count: > 0 } missed
            ? ([], $"an attempt that was made on purpose was not recorded ({string.Join(", ", missed)})")
            : ([.. attempts.Select(attempt => attempt.Text)], null);

        (bool, string) Network(NetworkAction action, NetworkReach reach, System.Net.IPEndPoint address, string name) =>
            (uses.Contains(new NetworkUse(action, reach, address.ToString(), true)), $"{name} to {address}");
    }

    private static string? LastLine(string file)
    {
        const string Speaker = "litre: ";
        var line = File.ReadLines(file).LastOrDefault(text => text.Length > 0);
        return line?.StartsWith(Speaker, StringComparison.Ordinal) == true ? line[Speaker.Length..] : line;
    }
}
