namespace Litre.Privacy.Filters;

/// <summary>What a filter tells the kernel to do with a call.</summary>
internal static class FilterResult
{
    public const uint Allow = 0x7fff0000;

    /// <summary>Ask the process that holds the filter's listener.</summary>
    public const uint Ask = 0x7fc00000;

    /// <summary>End the process with signal 31 (SIGSYS).</summary>
    public const uint Kill = 0x80000000;

    /// <summary>Fail with an error number.</summary>
    public static uint Fail(int error) => 0x00050000u | (uint)error;
}
