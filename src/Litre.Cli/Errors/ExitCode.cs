namespace Litre.Cli.Errors;

/// <summary>The program's exit codes, for scripts.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The command ran, and a check that it made failed.</summary>
    public const int CheckFailed = 1;

    /// <summary>The command line, a file or the machine does not meet the requirements of the command.</summary>
    public const int BadInput = 2;

    /// <summary>An internal error of Litre (EX_SOFTWARE of sysexits.h).</summary>
    public const int Fault = 70;

    /// <summary>Stopped by the user: 128 + SIGINT, by the convention of shells.</summary>
    public const int Cancelled = 130;
}
