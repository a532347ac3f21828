using System.Reflection;
using Litre.Cli.Rendering;
using Litre.Core;

namespace Litre.Cli.Errors;

/// <summary>Turns a failure into a message for the user and an exit code for scripts.</summary>
internal static class FailureReport
{
    /// <summary>Reports a mistake on the command line in one line that names the help command.</summary>
    public static int WriteUsageError(string message, string helpCommand, TextWriter error)
    {
        var text = OneLine(message).TrimEnd('.');
        error.WriteLine($"litre: {text}{(text.EndsWith('?') ? " See" : "; see")} `{helpCommand}`");
        return ExitCode.BadInput;
    }

    public static int Write(Exception failure, string[] arguments, TextWriter error)
    {
        switch (Unwrap(failure))
        {
            case InputException input:
                error.WriteLine($"litre: {OneLine(OptionText.Render(input.Message))}");
                return ExitCode.BadInput;
            case OperationCanceledException:
                error.WriteLine("litre: stopped");
                return ExitCode.Cancelled;
            case var fault:
                error.WriteLine($"litre: internal error: {OneLine(fault.Message)}");
                error.WriteLine(
                    SaveTrace(failure, arguments) is { } log
                        ? $"litre: the full stack trace is in {log}; please report it"
                        : failure.ToString()
                );
                return ExitCode.Fault;
        }
    }

    /// <summary>The runtime wraps exceptions of static constructors, tasks and reflected calls.</summary>
    private static Exception Unwrap(Exception failure) =>
        failure is TypeInitializationException or AggregateException or TargetInvocationException && failure.InnerException is { } inner
            ? Unwrap(inner)
            : failure;

    // Command lines and messages may contain private data, and other users can write to the folder too.
    private static string? SaveTrace(Exception failure, string[] arguments)
    {
        var path = Path.Combine(Path.GetTempPath(), $"litre-{Path.GetRandomFileName()}.log");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new StreamWriter(path, options);
            file.Write(
                $"{DateTime.UtcNow:u} litre {string.Join(' ', arguments)}\n{Environment.OSVersion}, .NET "
                    + $"{Environment.Version}\n\n{failure}\n"
            );
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").Trim();
}
