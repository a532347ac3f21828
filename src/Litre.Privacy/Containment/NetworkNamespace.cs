using System.ComponentModel;
using System.Diagnostics;

namespace Litre.Privacy.Containment;

/// <summary>
/// A network namespace, made by <c>unshare</c> of util-linux: a process with several threads, as every program of .NET, cannot enter one.
/// </summary>
internal static class NetworkNamespace
{
    /// <summary>The reason if the program is missing.</summary>
    public const string NotInstalled = $"the program {Program} (util-linux) is not installed";

    private const string Program = "unshare";

    /// <summary>The command in front of another one. Other users than root need a user namespace too.</summary>
    public static string[] Prefix => Environment.IsPrivilegedProcess ? [Program, "-n", "--"] : [Program, "-Urn", "--"];

    /// <summary>Makes one for a moment; returns why that is not possible, or null if it is.</summary>
    public static string? Try()
    {
        try
        {
            var start = new ProcessStartInfo(Program) { RedirectStandardError = true, RedirectStandardOutput = true };
            foreach (var word in Prefix[1..].Append("true"))
                start.ArgumentList.Add(word);
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? null
                : error.Length > 0 ? error.ReplaceLineEndings(" ")
                : $"exit code {process.ExitCode}";
        }
        catch (Win32Exception)
        {
            return NotInstalled;
        }
    }
}
