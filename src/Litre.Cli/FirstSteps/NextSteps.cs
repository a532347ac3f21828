using Litre.Cli.Rendering;

namespace Litre.Cli.FirstSteps;

/// <summary>Decides which steps come next, for what is on a machine and in a folder.</summary>
internal static class NextSteps
{
    /// <param name="machine">What the machine has.</param>
    /// <param name="folder">What the current folder has.</param>
    /// <param name="launcher">The program as the user types it.</param>
    /// <param name="script">The path of <c>finetune.sh</c>; null where it is not installed.</param>
    public static IReadOnlyList<NextStep> Choose(MachineGlance machine, FolderContents folder, string launcher, string? script) =>
        [
            .. Engine(machine, launcher),
            .. Runs(folder, launcher),
            .. Tuning(folder, launcher, script is null ? null : "bash " + CommandText.Quote(script)),
        ];

    private static IEnumerable<NextStep> Engine(MachineGlance machine, string launcher)
    {
        if (machine.Libtorch is null)
            yield return machine.Gpu is null
                ? new NextStep("Install libtorch, which computes everything; this build runs on the CPU", $"{launcher} setup --cpu")
                : new NextStep("Install libtorch, which computes everything, for this GPU", $"{launcher} setup");
        else if (machine.Gpu is not null && !machine.Libtorch.HasCudaLibrary)
            yield return new NextStep("Install libtorch with CUDA; the installed one uses the CPU only", $"{launcher} setup");
    }

    private static IEnumerable<NextStep> Runs(FolderContents folder, string launcher)
    {
        if (folder.Runs.FirstOrDefault(r => r.IsRunning) is { } running)
            yield return new NextStep($"Watch {running.Folder}, which is running", $"{launcher} watch");
        if (folder.Runs.FirstOrDefault(r => !r.IsRunning && !r.IsFinished) is { } stopped)
            yield return new NextStep(
                $"Continue {stopped.Folder}, which was stopped",
                $"{launcher} tune --resume --output {CommandText.Quote(stopped.Folder)}"
            );
        if (folder.Runs.FirstOrDefault(r => r.IsFinished && r.ChatOptions is not null) is { } finished)
            yield return new NextStep($"Ask the model that {finished.Folder} tuned", $"{launcher} chat {finished.ChatOptions}");
    }

    private static IEnumerable<NextStep> Tuning(FolderContents folder, string launcher, string? script)
    {
        var model = folder.Models.Count > 0 ? CommandText.Quote(folder.Models[0]) : null;
        var data = folder.Data.Count > 0 ? CommandText.Quote(folder.Data[0]) : null;
        switch (model, data)
        {
            case ({ }, { }):
                yield return new NextStep(
                    "See whether the run fits, and how long it takes",
                    $"{launcher} plan --model {model} --data {data}"
                );
                yield return new NextStep(
                    "Check the data, train an adapter, and compare it with the base model",
                    $"{script ?? launcher + " tune"} --model {model} --data {data}"
                );
                break;
            case ({ }, null):
                yield return new NextStep(
                    "Copy your data here (any folder of images with JSON, CSV or Parquet), or generate some to try with",
                    $"{launcher} data make drawings --count 400 --output made"
                );
                break;
            case (null, { }):
                yield return new NextStep("Check the data", $"{launcher} data check {data}");
                yield return new NextStep("See which published models fit on this machine, and download one", $"{launcher} model list");
                break;
            default:
                if (script is not null && folder.Runs.Count == 0)
                    yield return new NextStep("Run an example on a small model, in 3 to 8 minutes on two processor cores", script);
                yield return new NextStep("See which published models fit on this machine, and download one", $"{launcher} model list");
                break;
        }
    }
}
