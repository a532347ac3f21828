using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Core;

namespace Litre.Cli.Commands;

/// <summary>
/// Loads a libtorch in a separate process, with <c>litre doctor</c>: a library that crashes must not crash setup, and a loaded
/// library could not be replaced.
/// </summary>
internal static class LibtorchProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10); // gigabytes from a slow disk

    /// <summary>Returns why the libtorch in a folder does not load; null if it loads.</summary>
    public static async Task<string?> RunAsync(string folder, CancellationToken cancel)
    {
        var program = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (isHost)
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "litre.dll"));
        foreach (var argument in (string[])["doctor", "--libtorch", "--json"])
            start.ArgumentList.Add(argument);
        start.Environment[HostEnvironment.Libtorch] = folder;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(Timeout);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            if (process.ExitCode == ExitCode.Success)
                return null;
            var last = (await error).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
            return Outcome(await output) ?? last ?? $"the process that loaded it ended with exit code {process.ExitCode}";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"not loaded within {Timeout.TotalMinutes:0} minutes";
        }
        catch (Win32Exception e)
        {
            return $"{program}, which tests loading it, could not be started: {e.Message}";
        }
        finally
        {
            if (process is { HasExited: false })
                process.Kill(entireProcessTree: true);
            process?.Dispose();
        }
    }

    /// <summary>Reads what the doctor reports about the one place it tried; null if it reported nothing.</summary>
    private static string? Outcome(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.GetProperty("attempts").EnumerateArray().Last().GetProperty("outcome").GetString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
