using System.Reflection;
using Litre.Core;
using Litre.Library.Entries;
using Litre.Model.Configuration;
using Litre.Model.Lora;
using Litre.Training.Tuning;

namespace Litre.Library;

/// <summary>Collects what an entry says from the files of an adapter and of its run.</summary>
internal static class EntryBuilder
{
    /// <summary>The record of a merge in an adapter's folder, with the comparison of each weight.</summary>
    internal const string RecordName = "merge.json";

    private static readonly string[] FileNames =
    [
        AdapterConfig.FileName,
        AdapterFiles.WeightsName,
        AdapterMetadata.FileName,
        HeldOutMetrics.FileName,
        RecordName,
    ];

    private static readonly string Version = typeof(EntryBuilder)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
        .InformationalVersion.Split('+')[0];

    /// <summary>An entry without its final name and version.</summary>
    /// <param name="adapter">The adapter's folder.</param>
    /// <param name="origin">Where the adapter comes from.</param>
    /// <param name="entries">The library's entries, among which parents are found.</param>
    /// <exception cref="InputException">The folder contains no adapter that Litre reads.</exception>
    internal static AdapterEntry Build(string adapter, AdapterOrigin origin, IReadOnlyList<AdapterEntry> entries)
    {
        adapter = Path.GetFullPath(adapter);
        var config = AdapterConfig.Load(adapter);
        var weights = Path.Combine(adapter, AdapterFiles.WeightsName);
        if (!File.Exists(weights))
            throw new InputException($"{adapter}: has no {AdapterFiles.WeightsName}; give the folder of a PEFT adapter");
        var run = RunOf(adapter);
        var recipe = run is null ? null : Recipe.OfRun(run);
        return new AdapterEntry
        {
            Name = "",
            Version = 0,
            Origin = origin,
            Registered = DateTimeOffset.UtcNow,
            LitreVersion = Version,
            Folder = adapter,
            Source = adapter,
            Files = LibraryFiles.Hash(adapter, FileNames),
            Shape = new AdapterShape(config.Rank, config.Alpha, config.UseRsLora, Targets(config)),
            Base = AdapterMetadata.Read(adapter)?.Base,
            Model = recipe?.Model ?? config.BaseModel,
            Data = recipe is { Data.Path: { Length: > 0 } data } ? Path.GetFullPath(data) : null,
            DataFingerprint = DataFingerprint(adapter, run),
            Recipe = recipe is null ? new Dictionary<string, string>() : RecipeFields.All.ToDictionary(f => f.Name, f => f.Get(recipe)),
            Scores = AdapterScores.Read(adapter, run),
            Note = recipe?.Library.Note ?? "",
            Parents = recipe is { Trainable.Adapter: { Length: > 0 } start } ? Continued(start, entries) : [],
        };
    }

    /// <summary>The run that an adapter belongs to, from its place; null if it is not inside a run's folder.</summary>
    internal static string? RunOf(string adapter) =>
        Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(adapter))) is { } parent && RunFolder.IsRun(parent)
            ? parent
            : null;

    private static IReadOnlyList<string> Targets(AdapterConfig config) =>
        [
            .. config.TargetModules is null ? []
            : config.TargetModules.Text is { } text ? [text]
            : config.TargetModules.Names,
            .. config.TargetParameters,
        ];

    // best/ has no state of the trainer, but the run's checkpoints have, and all of them the same data.
    private static string? DataFingerprint(string adapter, string? run)
    {
        IEnumerable<string> folders = run is null
            ? [adapter]
            : [adapter, .. Directory.EnumerateDirectories(run, "checkpoint-*").OrderDescending()];
        foreach (var folder in folders.Where(f => File.Exists(Path.Combine(f, TrainerState.FileName))))
        {
            try
            {
                if (TrainerState.Read(folder).DataFingerprint is { Length: > 0 } found)
                    return found;
            }
            catch (InputException)
            {
                // The run reports a damaged state when it is resumed; the adapter does not depend on it.
            }
        }
        return null;
    }

    private static IReadOnlyList<AdapterParent> Continued(string start, IReadOnlyList<AdapterEntry> entries)
    {
        var full = Path.GetFullPath(start);
        var parent = entries.LastOrDefault(e => e.Folder == full || e.Source == full);
        return [new AdapterParent(parent?.Id ?? full, null, parent is null ? "" : WeightsHash(parent))];
    }

    /// <summary>The hash of an entry's weights.</summary>
    internal static string WeightsHash(AdapterEntry entry) =>
        entry.Files.FirstOrDefault(f => f.Name == AdapterFiles.WeightsName)?.Sha256 ?? "";
}
