using System.Globalization;
using Litre.Core;
using Litre.Model.Configuration;

namespace Litre.Model.Lora;

/// <summary>Finds the adapter for a path given by a user: a folder with PEFT's files, one of these files, or a run's folder.</summary>
public static class AdapterFolder
{
    private const string Best = "best";
    private const string CheckpointPrefix = "checkpoint-";

    /// <summary>The adapter's own folder; for a run, its best or otherwise its newest checkpoint.</summary>
    /// <param name="path">The given path.</param>
    /// <param name="log">Called with one line if another folder than the given one is used.</param>
    /// <exception cref="InputException">There is no adapter.</exception>
    public static string Find(string path, Action<string>? log = null)
    {
        if (File.Exists(path) && Path.GetFileName(path) is AdapterConfig.FileName or AdapterFiles.WeightsName)
            return Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(path))
            throw new InputException(
                "adapter",
                path,
                "no such folder",
                $"give the folder with {AdapterConfig.FileName}, such as runs/NAME/best"
            );
        if (IsAdapter(path))
            return path;
        var best = Path.Combine(path, Best);
        if (IsAdapter(best))
        {
            log?.Invoke($"{SettingName.Quote("adapter", path)} is a run folder; its best adapter is used: {best}");
            return best;
        }
        var checkpoints = Directory
            .EnumerateDirectories(path, CheckpointPrefix + "*")
            .Select(folder => (Folder: folder, Step: Step(folder)))
            .Where(c => c.Step >= 0)
            .OrderByDescending(c => c.Step)
            .ToList();
        if (checkpoints.FirstOrDefault(c => IsAdapter(c.Folder)).Folder is { } newest)
        {
            log?.Invoke(
                $"{SettingName.Quote("adapter", path)} is a run folder without a best adapter yet; its newest checkpoint "
                    + $"is used: {newest}"
            );
            return newest;
        }
        if (checkpoints.Select(c => c.Folder).Prepend(best).Prepend(path).FirstOrDefault(IsModel) is { } model)
            throw new InputException(
                "adapter",
                path,
                "contains a whole model, not an adapter",
                $"use it as {SettingName.Quote("model", model)}"
            );
        if (File.Exists(Path.Combine(path, "recipe.yaml")))
            throw new InputException(
                "adapter",
                path,
                "is a run folder without a checkpoint so far",
                "wait for the first checkpoint, or resume the run"
            );
        throw new InputException(
            "adapter",
            path,
            $"has no {AdapterConfig.FileName} and is not a run folder",
            "give the folder of a PEFT adapter, such as runs/NAME/best"
        );
    }

    private static bool IsAdapter(string folder) => File.Exists(Path.Combine(folder, AdapterConfig.FileName));

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, ModelConfig.FileName));

    private static int Step(string folder) =>
        int.TryParse(
            Path.GetFileName(folder).AsSpan(CheckpointPrefix.Length),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var step
        )
            ? step
            : -1;
}
