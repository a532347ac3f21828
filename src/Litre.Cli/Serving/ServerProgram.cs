using System.Runtime.InteropServices;
using Litre.Core;

namespace Litre.Cli.Serving;

/// <summary>The program litre-server, which contains ASP.NET Core; this program does not.</summary>
internal static partial class ServerProgram
{
    private const string Dotnet = "dotnet";

    /// <summary>
    /// Continues as the server: the same process, so that signals, the terminal and a service manager reach it. Returns only if that fails.
    /// </summary>
    /// <param name="arguments">The server's arguments.</param>
    /// <exception cref="InputException">The server is not installed, or cannot be started.</exception>
    public static int Replace(IReadOnlyList<string> arguments)
    {
        var program = ProgramFolders.FindServer() ?? throw Missing();
        var (file, first) = (program, new List<string> { program });
        if (program.EndsWith(".dll", StringComparison.Ordinal))
        {
            file =
                Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == Dotnet
                    ? path
                    : Path.ChangeExtension(program, null);
            first = Path.GetFileNameWithoutExtension(file) == Dotnet ? [file, program] : [file];
        }
        Console.Out.Flush();
        Console.Error.Flush();
        _ = Execute(file, [.. first, .. arguments, null]);
        throw new InputException($"{file}: cannot be started ({Marshal.GetLastPInvokeErrorMessage()}); install Litre again");
    }

    private static InputException Missing() =>
        new(
            ProgramFolders.Release is { } root
                ? $"litre-server is not installed; unpack litre-studio-VERSION-linux-ARCH.tar.xz of the same release over {root}"
                : "litre-server is not built; run dotnet build src/Litre.Server with the configuration of this program"
        );

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Execute(string file, string?[] arguments);
}
