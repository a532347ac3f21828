using Litre.Core;
using Litre.Core.Files;
using Litre.Machine.Governing;
using Litre.Training.Checkpoints;

namespace Litre.Training.Tuning;

/// <summary>The folder of a run as a whole.</summary>
public static class RunFolder
{
    /// <summary>The metrics that a run writes while it is running, one JSON object per line.</summary>
    public const string MetricsName = "metrics.jsonl";

    /// <summary>Whether a folder belongs to a run, regardless of its progress.</summary>
    public static bool IsRun(string folder) =>
        Directory.Exists(folder)
        && Directory
            .EnumerateFileSystemEntries(folder)
            .Select(Path.GetFileName)
            .Any(name =>
                name is Recipe.FileName or MetricsName or Governor.LogName
                || RunLock.IsOwn(name!)
                || name!.StartsWith("checkpoint-", StringComparison.Ordinal)
            );

    /// <summary>
    /// Refuses a folder that is not suitable for a run: inside the data, containing the model, or used for something else.
    /// </summary>
    /// <param name="settings">The recipe.</param>
    /// <exception cref="InputException">The folder is not suitable.</exception>
    public static void Check(TuneSettings settings)
    {
        var (output, data, model) = (settings.Output, settings.Data.Path, settings.Model);
        if (File.Exists(output))
            throw new InputException("output", output, "is a file", "choose a folder that does not exist yet");
        // An existing run is accepted.
        if (IsRun(output))
            return;
        OutputPlace.RefuseAmong("output", output, "data", data);
        if (FolderNesting.IsSameOrInside(output, data))
            throw new InputException(
                "output",
                output,
                $"contains {SettingName.Quote("data", data)}",
                "the run's files would be mixed with the data, so choose a folder outside it"
            );
        if (FolderNesting.IsSameOrInside(output, model))
            throw new InputException(
                "output",
                output,
                $"{(FolderNesting.IsSameOrInside(model, output) ? "is" : "contains")} {SettingName.Quote("model", model)}",
                "choose a separate folder for the run"
            );
        if (settings.Checkpoints.Mirror.Length > 0)
            OutputPlace.RefuseAmong("mirror", settings.Checkpoints.Mirror, "data", data);
        if (settings.Features.Folder.Length > 0)
            OutputPlace.RefuseAmong("feature-folder", settings.Features.Folder, "data", data);
        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).FirstOrDefault() is { } entry)
            throw new InputException(
                "output",
                output,
                $"is used for something else (it contains {Path.GetFileName(entry)} and is not a run folder)",
                "choose a folder that does not exist yet"
            );
    }

    /// <summary>Removes a folder that contains only a lock: a run that ended before it started. Any other folder is unchanged.</summary>
    /// <param name="folder">The run's folder, which need not exist.</param>
    public static void RemoveUnused(string folder)
    {
        try
        {
            if (!Directory.Exists(folder))
                return;
            var entries = Directory.EnumerateFileSystemEntries(folder).ToList();
            if (entries.Count == 0 || entries.Any(e => !RunLock.IsOwn(Path.GetFileName(e))))
                return;
            foreach (var entry in entries)
                File.Delete(entry);
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A remaining empty folder is harmless.
        }
    }
}
