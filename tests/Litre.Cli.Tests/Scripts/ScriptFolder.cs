using System.Diagnostics;
using Shared;

namespace Litre.Cli.Tests.Scripts;

/// <summary>A checkout of the scripts alone, with a <c>dotnet</c> that only prints its arguments.</summary>
internal sealed class ScriptFolder : IDisposable
{
    // It answers --version as the SDK does, "builds" by writing the program's file, and else prints its arguments.
    private const string Dotnet = """
        #!/bin/sh
        case "$1" in
          --version) echo 10.0.100 ;;
          --list-runtimes) echo "Microsoft.NETCore.App 10.0.0 [/x]" ;;
          build)
            echo build >>"$LOG"
            [ -z "$FAIL_BUILD" ] || { echo "$FAIL_BUILD"; exit 1; }
            echo "  Litre.Core -> /x/Litre.Core.dll"
            bin=${2%/build/*}/src/Litre.Cli/bin/Release/net10.0; mkdir -p "$bin"; : >"$bin/litre.dll" ;;
          *)
            shift; echo "litre $*" | tee -a "$LOG"
            case "$1" in doctor) exit "${ENGINE_CODE:-0}" ;; *) exit "${CODE:-0}" ;; esac ;;
        esac

        """;

    public ScriptFolder()
    {
        foreach (
            var file in (string[])
                [
                    "litre",
                    "finetune.sh",
                    "global.json",
                    "build/sdk.sh",
                    "build/progress.sh",
                    "build/options.sh",
                    "build/tune-options.txt",
                    "src/Litre.Training/Tuning/foreign-names.txt",
                ]
        )
        {
            var target = In("clone", file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(Repository.Root, file), target);
        }
        Write("", "clone", "Directory.Build.props");
        Write("// source", "clone", "src/Litre.Cli/Program.cs");
        Write("", "clone", "src/Litre.Cli/Litre.Cli.csproj");
        Write("{}", "clone", "assets/litre-nano/config.json");
        Write("", "clone", "assets/litre-nano/model.safetensors");
        WriteProgram(Dotnet, "path", "dotnet");
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("litre-scripts-").FullName;

    /// <summary>What the program and the build were asked, a line each.</summary>
    public string[] Log => File.Exists(In("log")) ? File.ReadAllLines(In("log")) : [];

    public string In(params string[] path) => Path.Combine([Root, .. path]);

    public void Write(string text, params string[] path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(path))!);
        File.WriteAllText(In(path), text);
    }

    /// <summary>A program that answers instead of one of the system's, or that a release brings.</summary>
    public void WriteProgram(string text, params string[] path)
    {
        Write(text, path);
        Execute("chmod", "+x", In(path));
    }

    /// <summary>Makes the clone a release: the program in <c>bin</c>, no sources and no scripts that build.</summary>
    public void MakeRelease()
    {
        WriteProgram(Dotnet.Replace("shift; ", "", StringComparison.Ordinal), "clone", "bin/litre");
        File.Copy(In("clone", "src/Litre.Training/Tuning/foreign-names.txt"), In("clone", "build/foreign-names.txt"));
        Directory.Delete(In("clone", "src"), recursive: true);
        foreach (var file in (string[])["global.json", "Directory.Build.props", "build/sdk.sh", "build/progress.sh", "../path/dotnet"])
            File.Delete(In("clone", file));
    }

    /// <summary>Leaves only the programs in <c>path</c>, and links there to those that the scripts need of every system.</summary>
    /// <returns>The value of PATH.</returns>
    public string IsolatePath(params string[] without)
    {
        string[] tools =
        [
            "awk",
            "basename",
            "bash",
            "cat",
            "chmod",
            "cut",
            "date",
            "dirname",
            "env",
            "find",
            "flock",
            "grep",
            "head",
            "id",
            "mkdir",
            "mktemp",
            "mv",
            "readlink",
            "realpath",
            "rm",
            "sed",
            "sh",
            "sleep",
            "sort",
            "tail",
            "tee",
            "tr",
            "uname",
            "wc",
        ];
        Directory.CreateDirectory(In("path"));
        foreach (var tool in tools.Except(without))
        {
            var target = new[] { "/usr/bin", "/bin" }.Select(f => Path.Combine(f, tool)).First(File.Exists);
            if (!File.Exists(In("path", tool)))
                File.CreateSymbolicLink(In("path", tool), target);
        }
        return In("path");
    }

    /// <summary>Runs a program in the folder, with the made dotnet before all others.</summary>
    public (int Code, string Output, string Error) Execute(string program, params string[] arguments) => Execute([], program, arguments);

    public (int Code, string Output, string Error) Execute(
        (string Name, string Value)[] variables,
        string program,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = In("path") + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment["LOG"] = In("log");
        start.Environment["HOME"] = In("home");
        start.Environment["LITRE_STATE"] = In("state");
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    public void Dispose()
    {
        Execute("chmod", "-R", "u+w", Root);
        Directory.Delete(Root, recursive: true);
    }
}
