using System.ComponentModel;
using System.Diagnostics;

namespace Litre.Cli.Commands;

/// <summary>
/// Loads a libtorch in a process of its own, as <c>litre doctor</c>: a library that crashes must not take setup along, and one
/// that is loaded could not be replaced.
/// </summary>
internal static class LibtorchProof
{
    private const string Variable = "LITRE_LIBTORCH";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10); // gigabytes from a slow disk

    /// <summary>Why the libtorch in a folder does not load; null where it does.</summary>
    public static async Task<string?> RunAsync(string folder, CancellationToken cancel)
    {
        var program = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (isHost) start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "litre.dll"));
        start.ArgumentList.Add("doctor");
        start.ArgumentList.Add("--libtorch");
        start.Environment[Variable] = folder;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            await output;
            if (process.ExitCode == ExitCode.Success) return null;
            var lines = (await error).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var reason = lines.LastOrDefault(line => line.StartsWith("litre: ", StringComparison.Ordinal)) ?? lines.LastOrDefault();
            return reason is null ? $"loading it ended with exit code {process.ExitCode}" : reason.Replace("litre: ", "", StringComparison.Ordinal);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"not loaded within {Patience.TotalMinutes:0} minutes";
        }
        catch (Win32Exception e)
        {
            return $"{program} could not be started to load it: {e.Message}";
        }
        finally
        {
            if (process is { HasExited: false }) process.Kill(entireProcessTree: true);
            process?.Dispose();
        }
    }
}
