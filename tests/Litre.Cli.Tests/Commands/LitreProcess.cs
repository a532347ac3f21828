using System.Diagnostics;

namespace Litre.Cli.Tests.Commands;

/// <summary>Runs the built program as a user would, and keeps what it said.</summary>
internal sealed record LitreProcess(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The state of the user that the tests stand for; not that of the person who runs them.</summary>
    public static string State { get; } = CreateState();

    public static LitreProcess Run(params string[] arguments) => RunWith([], arguments);

    /// <summary>With text on standard input.</summary>
    public static LitreProcess RunSaying(string input, params string[] arguments) => Run([], input, arguments);

    public static LitreProcess RunWith(Dictionary<string, string?> variables, params string[] arguments) => Run(variables, "", arguments);

    /// <summary>From a folder, to which relative paths belong.</summary>
    public static LitreProcess RunIn(string folder, params string[] arguments) => Run([], "", arguments, folder);

    /// <summary>Starts it to be disturbed; standard error is read and forgotten.</summary>
    public static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "litre.dll"), .. arguments])
            start.ArgumentList.Add(argument);
        start.Environment["LITRE_STATE"] = State;
        var process = Process.Start(start)!;
        // A full pipe would stop the program in the middle of its work.
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Sends a signal, such as INT, to a process.</summary>
    public static void Signal(Process process, string signal) => Process.Start("kill", [$"-{signal}", $"{process.Id}"]).WaitForExit();

    /// <summary>Waits until something is there; fails after a minute.</summary>
    public static void WaitFor(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "the program did not get that far");
            Thread.Sleep(20);
        }
    }

    private static string CreateState()
    {
        var folder = Directory.CreateTempSubdirectory("litre-state-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }

    private static LitreProcess Run(Dictionary<string, string?> variables, string input, string[] arguments, string folder = "")
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet"
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "litre.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["LITRE_STATE"] = State;
        foreach (var (name, value) in variables)
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"litre {string.Join(' ', arguments)} did not end within {Patience}");
        }
        return new LitreProcess(process.ExitCode, output.Result, error.Result);
    }
}
