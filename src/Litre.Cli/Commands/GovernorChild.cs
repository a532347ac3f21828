using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Litre.Core;
using Litre.Machine.Governing;
using Litre.Torch;

namespace Litre.Cli.Commands;

/// <summary>
/// The governor that a tune starts for itself. It is a separate process, and outlives the tune by the second that it needs to
/// notice the end.
/// </summary>
internal static class GovernorChild
{
    /// <summary>Starts the governor and returns the trainer's end of the channel; null if it cannot be started, which is logged.</summary>
    /// <param name="runFolder">The folder of a run whose lock is held.</param>
    /// <param name="settings">The floors and limits.</param>
    /// <param name="device">The device whose GPU is watched.</param>
    /// <param name="log">Called with the reason if the governor cannot be started.</param>
    /// <exception cref="InputException">The floors do not fit the machine.</exception>
    public static GovernorLink? Start(string runFolder, GovernorSettings settings, Device device, Action<string> log)
    {
        // Checked here, where the user sees the error, rather than in the child process.
        using (var sources = MachineSources.Open(Environment.ProcessId))
            _ = settings.Floors(sources.Read().TotalBytes);
        try
        {
            var channel = new GovernorChannel(runFolder);
            channel.Clear();
            return new GovernorLink(
                runFolder,
                keeper: new GovernorSupervisor(() => new Child(Process.Start(StartInfo(runFolder, settings, device))!), channel)
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            log($"governor: could not be started ({e.Message}); the run continues without it");
            return null;
        }
    }

    // Never disposed: it exists until the program ends.
    private sealed class Child(Process process) : IGovernorProcess
    {
        // .NET reports a signal as shells do: 128 plus its number.
        private const int Signals = 128;

        public string? ExitReason =>
            !process.HasExited ? null
            : process.ExitCode > Signals ? string.Create(CultureInfo.InvariantCulture, $"signal {process.ExitCode - Signals}")
            : string.Create(CultureInfo.InvariantCulture, $"exit code {process.ExitCode}");

        public void Kill()
        {
            try
            {
                process.Kill();
            }
            catch (Exception e) when (e is InvalidOperationException or Win32Exception)
            {
                // The process has ended in the meantime.
            }
        }
    }

    private static ProcessStartInfo StartInfo(string runFolder, GovernorSettings settings, Device device)
    {
        // Separate streams: a program that waits for the end of the tune's output must not wait for the governor.
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // If dotnet runs the program as a library, the library is the first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "litre.dll"));
        string[] arguments =
        [
            "governor",
            GovernorCommand.ChildName,
            "--run",
            Path.GetFullPath(runFolder),
            "--pid",
            Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            .. GovernorOptions.Arguments(settings),
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        if (CudaDriver.Of(device) is { } gpu && CudaDriver.PciBusId(gpu) is { } address)
        {
            start.ArgumentList.Add("--gpu");
            start.ArgumentList.Add(address);
        }
        // It allocates a few kilobytes per second; the runtime's defaults are tuned for servers.
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_GCgen0size"] = "0x100000";
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x4000000";
        start.Environment["DOTNET_TieredPGO"] = "0";
        return start;
    }
}
