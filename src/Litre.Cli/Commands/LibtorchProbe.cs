using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Core;

namespace Litre.Cli.Commands;

/// <summary>
/// Loads a libtorch in a process of its own, as <c>litre doctor</c>: a library that crashes must not take setup along, and one
/// that is loaded could not be replaced.
/// </summary>
internal static class LibtorchProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10); // gigabytes from a slow disk

    /// <summary>Why the libtorch in a folder does not load; null where it does.</summary>
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
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Timeout);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            if (process.ExitCode == ExitCode.Success)
                return null;
            var last = (await error).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
            return Outcome(await output) ?? last ?? $"loading it ended with exit code {process.ExitCode}";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"not loaded within {Timeout.TotalMinutes:0} minutes";
        }
        catch (Win32Exception e)
        {
            return $"{program} could not be started to load it: {e.Message}";
        }
        finally
        {
            if (process is { HasExited: false })
                process.Kill(entireProcessTree: true);
            process?.Dispose();
        }
    }

    /// <summary>What the doctor says of the one place it tried; null where it did not come to say anything.</summary>
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
