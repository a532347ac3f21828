using System.Diagnostics;

namespace Litre.Cli.Tests.Commands;

/// <summary>Runs the built program as a user would, and keeps what it said.</summary>
internal sealed record LitreProcess(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static LitreProcess Run(params string[] arguments) => RunWith([], arguments);

    /// <summary>With text on standard input.</summary>
    public static LitreProcess RunSaying(string input, params string[] arguments) => Run([], input, arguments);

    public static LitreProcess RunWith(Dictionary<string, string?> variables, params string[] arguments) => Run(variables, "", arguments);

    private static LitreProcess Run(Dictionary<string, string?> variables, string input, string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "litre.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in variables) start.Environment[name] = value;

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
