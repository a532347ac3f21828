namespace Litre.Privacy.Native;

/// <summary>Error numbers of Linux, the same on x64 and arm64.</summary>
internal static class ErrorNumber
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int Busy = 16;
    public const int Invalid = 22;
    public const int NetworkUnreachable = 101;
}
