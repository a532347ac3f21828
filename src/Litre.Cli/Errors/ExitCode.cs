namespace Litre.Cli.Errors;

/// <summary>What the program's exit code tells a script.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The command ran and what it checked did not pass.</summary>
    public const int CheckFailed = 1;

    /// <summary>The command line, a file or the machine is not what the command needs.</summary>
    public const int BadInput = 2;

    /// <summary>A fault of Litre itself (EX_SOFTWARE of sysexits.h).</summary>
    public const int Fault = 70;

    /// <summary>Stopped by the user: 128 + SIGINT, as shells count.</summary>
    public const int Cancelled = 130;
}
