using System.ComponentModel;
using System.Diagnostics;

namespace Litre.Data.Imaging;

/// <summary>Programs of the system that decode formats for which Litre has no codec, as separate processes.</summary>
internal static class ExternalProgram
{
    private const int LongestReason = 160;

    /// <summary>Starts a program with its input closed and its output and errors piped; null if it is not installed.</summary>
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

    /// <summary>A program's error output, shortened for a message.</summary>
    public static string Brief(string text)
    {
        text = text.Trim().ReplaceLineEndings(" ");
        return text.Length == 0 ? "no reason given"
            : text.Length > LongestReason ? text[..LongestReason]
            : text;
    }
}
