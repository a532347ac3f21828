using System.Reflection;
using Litre.Privacy.Containment;
using Litre.Privacy.Reports;
using Litre.Privacy.Trials;

namespace Litre.Cli.Commands;

/// <summary>What the commands that make a proof share.</summary>
internal static class PrivacyProof
{
    /// <summary>The command that enters a container.</summary>
    public static IReadOnlyList<string> Entry => [.. OwnProgram.Command, "privacy", PrivacyEntryCommand.CommandName];

    /// <summary>Finds what kind of proof is possible.</summary>
    /// <param name="folder">A folder for the trials, from which they are removed.</param>
    /// <param name="cancel">Stops it.</param>
    public static async Task<ProofMeans> FindAsync(string folder, CancellationToken cancel)
    {
        var trials = Directory.CreateDirectory(Path.Combine(folder, "trial")).FullName;
        string[] plant = [.. OwnProgram.Command, "privacy", PrivacyPlantCommand.CommandName];
        var means = await new ProofFinder(Entry, plant).FindAsync(trials, cancel);
        Directory.Delete(trials, recursive: true);
        return means;
    }

    /// <summary>The report of commands that ran.</summary>
    /// <param name="means">What the machine allowed.</param>
    /// <param name="records">The commands.</param>
    /// <param name="expected">Folders that they are expected to write to.</param>
    public static PrivacyReport Report(ProofMeans means, IReadOnlyList<StepRecord> records, IEnumerable<string> expected)
    {
        var version = typeof(PrivacyProof).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        return ReportBuilder.Build(
            means,
            records,
            new FileScopes(expected),
            [MachineReading.Folder(AppContext.BaseDirectory, version), .. MachineReading.Programs(records)]
        );
    }

    /// <summary>The last line that a command printed.</summary>
    public static string LastLine(string file)
    {
        const string Speaker = "litre: ";
        var line = File.ReadLines(file).LastOrDefault(text => text.Trim().Length > 0) ?? "it printed nothing";
        return line.StartsWith(Speaker, StringComparison.Ordinal) ? line[Speaker.Length..] : line;
    }
}
