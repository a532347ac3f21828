using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;

namespace Litre.Cli.FirstSteps;

/// <summary>What <c>litre</c> without a command prints: what is here, and the next steps with their commands.</summary>
internal static class FirstStepsReport
{
    private const int MostNames = 3;

    /// <summary>Prints it; never fails, whatever the folder holds.</summary>
    /// <returns>The exit code, which is always that of success.</returns>
    public static int Write(TextWriter output, string root)
    {
        var launcher = CommandText.Launcher;
        output.WriteLine("Litre fine-tunes vision-language models on your own images, questions and answers. Nothing leaves this machine.");
        output.WriteLine();
        try
        {
            var (machine, folder) = (MachineGlance.Take(), FolderContents.Find(root));
            output.WriteLine($"This machine  {Describe(machine)}");
            output.WriteLine($"This folder   {Describe(folder)}");
            output.WriteLine();
            output.WriteLine("Next:");
            foreach (var step in NextSteps.Choose(machine, folder, launcher, FindScript()))
            {
                output.WriteLine($"  {step.Purpose}:");
                output.WriteLine($"    {step.Command}");
            }
            output.WriteLine();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
        {
            output.WriteLine($"What is here could not be read: {e.Message.ReplaceLineEndings(" ")}");
        }
        output.WriteLine($"Examine this machine: {launcher} doctor    All commands: {launcher} --help");
        return ExitCode.Success;
    }

    internal static string Describe(MachineGlance machine) =>
        (machine.Gpu ?? "no NVIDIA GPU, so the CPU is used, which is enough for small models")
        + (
            machine.Libtorch is not { } build ? "; no libtorch"
            : machine.Gpu is not null && build.HasCudaLibrary ? "; libtorch with CUDA is installed"
            : "; libtorch for the CPU is installed"
        );

    internal static string Describe(FolderContents folder) =>
        string.Join(
            "; ",
            Names("model", "models", folder.Models),
            Names("data", "data", folder.Data),
            Names(
                "run",
                "runs",
                [.. folder.Runs.Select(r => $"{r.Folder} ({(r.IsRunning ? "running" : r.IsFinished ? "finished" : "stopped")})")]
            )
        );

    private static string Names(string one, string many, IReadOnlyList<string> names) =>
        names.Count == 0
            ? $"no {one}"
            : $"{(names.Count == 1 ? one : many)} {string.Join(", ", names.Take(MostNames))}"
                + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");

    // Next to the launcher, whatever link it was started through, or in the folder above a released program.
    private static string? FindScript()
    {
        const string Name = "finetune.sh";
        if (HostEnvironment.Read(HostEnvironment.Launcher) is { } launcher)
        {
            var typed = Path.Combine(Path.GetDirectoryName(launcher) ?? "", Name);
            if (File.Exists(typed))
                return typed.StartsWith("./", StringComparison.Ordinal) ? typed[2..] : typed;
            var target = File.ResolveLinkTarget(launcher, returnFinalTarget: true)?.FullName;
            if (target is not null && Path.Combine(Path.GetDirectoryName(target)!, Name) is var real && File.Exists(real))
                return real;
        }
        var released = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", Name));
        return File.Exists(released) ? released : null;
    }
}
