using System.ComponentModel;
using System.Diagnostics;

namespace Litre.Data.Imaging;

/// <summary>Programs of the system that decode what Litre ships no codec for, as processes of their own.</summary>
internal static class ExternalProgram
{
    private const int LongestReason = 160;

    /// <summary>Starts a program with its input closed and its output and errors piped; null where it is not installed.</summary>
    public static Process? Start(string program, string[] arguments)
    {
        try
        {
            var info = new ProcessStartInfo(program)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            };
            foreach (var argument in arguments)
                info.ArgumentList.Add(argument);
            var process = Process.Start(info)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>What a program wrote to its error stream, short enough for a message.</summary>
    public static string Brief(string text)
    {
        text = text.Trim().ReplaceLineEndings(" ");
        return text.Length == 0 ? "no reason given"
            : text.Length > LongestReason ? text[..LongestReason]
            : text;
    }
}
