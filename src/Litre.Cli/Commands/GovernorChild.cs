using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Litre.Core;
using Litre.Machine.Governing;
using Litre.Torch;

namespace Litre.Cli.Commands;

/// <summary>
/// The governor that a tune starts for itself. It is a process of its own and outlives the tune for the second that it
/// takes to see that it is gone.
/// </summary>
internal static class GovernorChild
{
    /// <summary>Starts it and gives the trainer's end of the channel; null where it cannot be started, which is said.</summary>
    /// <param name="runFolder">Of a run whose lock is held.</param>
    /// <param name="settings">Floors and limits.</param>
    /// <param name="device">Its GPU is watched.</param>
    /// <param name="log">Told why there is none.</param>
    /// <exception cref="InputException">The floors do not fit the machine.</exception>
    public static GovernorLink? Start(string runFolder, GovernorSettings settings, Device device, Action<string> log)
    {
        // Here, where the user sees it, rather than in the child.
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
            log($"governor: cannot be started ({e.Message}); the run goes on without it");
            return null;
        }
    }

    // Never disposed: the program outlives it by no more than its own end.
    private sealed class Child(Process process) : IGovernorProcess
    {
        // .NET tells a signal as a shell does, by 128 and its number.
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
                // It ended meanwhile.
            }
        }
    }

    private static ProcessStartInfo StartInfo(string runFolder, GovernorSettings settings, Device device)
    {
        // Streams of its own: whoever waits for the end of the tune's output must not wait for the governor.
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Where the program is a library that dotnet runs, it comes first.
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
        // It allocates a few kilobytes a second; the runtime's defaults are made for servers.
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_GCgen0size"] = "0x100000";
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x4000000";
        start.Environment["DOTNET_TieredPGO"] = "0";
        return start;
    }
}
