using System.Diagnostics;
using Litre.Cli.Tests.Commands;
using Shared;

namespace Litre.Cli.Tests.Documents;

/// <summary>
/// What the commands of documents need: a repository to clone that holds the project's files, with wrappers in place of programs, things
/// of the user's, a hub of models, and an index of wheels. Nothing outside of its folder is changed.
/// </summary>
internal sealed class Sandbox : IDisposable
{
    // Larger files are links: nothing writes to them, and copies of each would take seconds.
    private const int LargestCopy = 200_000;

    // Programs that reach outside or build, which wrapper.sh refuses where the table does not list the command.
    private static readonly string[] Refused = ["apt", "apt-get", "curl", "docker", "dotnet", "pip", "ssh", "sudo", "wget"];

    private readonly HubServer _hub = new();
    private readonly WheelServer _wheels = new();

    /// <param name="isReal">The programs are not replaced: what runs is what users run.</param>
    public Sandbox(bool isReal = false)
    {
        IsReal = isReal;
        MakeOrigin();
        if (isReal)
            return;
        foreach (var program in Refused.Union(Listed.Where(name => !IsScript(name))))
            CopyWrapper(In("path", program));
        File.WriteAllLines(In("table"), Adaptations.Commands.Select(entry => entry.Row(Expand)));
        MakeThings();
        FillServers();
    }

    public bool IsReal { get; }

    public string Root { get; } = Directory.CreateTempSubdirectory("litre-documents-").FullName;

    public string In(params string[] path) => Path.Combine([Root, .. path]);

    /// <summary>A text with the places that stand in braces.</summary>
    public string Expand(string text) =>
        text.Replace("{sandbox}", Root, StringComparison.Ordinal)
            .Replace("{root}", Repository.Root, StringComparison.Ordinal)
            .Replace("{repository}", In("origin"), StringComparison.Ordinal)
            .Replace("{hub}", _hub.Address, StringComparison.Ordinal)
            .Replace("{wheels}", _wheels.Address, StringComparison.Ordinal);

    /// <summary>The environment of a session.</summary>
    public Dictionary<string, string> Environment =>
        IsReal
            ? []
            : new()
            {
                ["PATH"] = $"{In("path")}:{System.Environment.GetEnvironmentVariable("PATH")}",
                ["LITRE_PATH"] = System.Environment.GetEnvironmentVariable("PATH")!,
                ["LITRE_SANDBOX"] = Root,
                ["LITRE_STATE"] = In("state"),
                ["LITRE_TABLE"] = In("table"),
                ["LITRE_DOTNET"] = "dotnet",
                ["LITRE_PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "litre.dll"),
                ["LITRE_MODELS"] = string.Join(' ', PublishedNames),
                ["HF_ENDPOINT"] = _hub.Address,
                ["MODELSCOPE_ENDPOINT"] = _hub.Address,
                ["HF_HOME"] = In("hub"),
            };

    /// <summary>Runs a program and returns what it wrote; throws where it fails.</summary>
    public static string Execute(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}: {error.Result}");
    }

    public void Dispose()
    {
        _hub.Dispose();
        _wheels.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    // Programs and scripts of the table.
    private static IEnumerable<string> Listed => Adaptations.Commands.Select(entry => entry.Begin.Split(' ')[0]).Distinct();

    private static bool IsScript(string name) => SourceTree.Files.Contains(name) && name != "litre";

    private static IEnumerable<string> PublishedNames =>
        SourceTree
            .Files.Where(file => file.StartsWith("tests/configs/Qwen3-VL-", StringComparison.Ordinal))
            .Select(file => Path.GetFileNameWithoutExtension(file));

    private static string Nano => Path.Combine(Repository.Root, "assets", "litre-nano");

    private static void CopyWrapper(string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        Execute(Path.Combine(Repository.Root, "tests", "Litre.Cli.Tests", "Documents"), "install", "-m", "755", "wrapper.sh", target);
    }

    // A repository of its own, so that a clone has what is in the work tree, committed or not.
    private void MakeOrigin()
    {
        foreach (var file in SourceTree.Files)
        {
            var (source, target) = (Path.Combine(Repository.Root, file), In("origin", file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (!IsReal && new FileInfo(source).Length > LargestCopy)
                File.CreateSymbolicLink(target, source);
            else
                File.Copy(source, target);
        }
        if (!IsReal)
        {
            foreach (var script in Listed.Where(IsScript).Append("litre"))
                CopyWrapper(In("origin", script));
        }
        Execute(In("origin"), "git", "init", "-q", "-b", "main");
        Execute(In("origin"), "git", "add", "--all", "--force");
        string[] author = ["-c", "user.name=Litre", "-c", "user.email=litre@localhost", "-c", "commit.gpgsign=false"];
        Execute(In("origin"), "git", [.. author, "commit", "-q", "--no-verify", "-m", "The work tree"]);
    }

    private void MakeThings()
    {
        Directory.CreateDirectory(In("things"));
        Execute(Root, "cp", "-rs", Nano, In("things", "model"));
        string[] make = ["data", "make", "drawings", "--seed", "1", "--train", "6", "--validation", "2", "--test", "2", "--questions", "1"];
        var data = LitreProcess.Run([.. make, "--output", In("things", "data")]);
        Assert.True(data.ExitCode == 0, data.Error);
    }

    private void FillServers()
    {
        var files = Directory.GetFiles(Nano).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file))).ToList();
        foreach (var name in PublishedNames)
        foreach (var (file, bytes) in files)
            _hub.Add($"Qwen/{name}", file, bytes);
        var machine =
            System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture is System.Runtime.InteropServices.Architecture.Arm64
                ? "aarch64"
                : "x86_64";
        _wheels.Add("cpu", WheelMaker.Torch("2.11.0+cpu", machine).With("torch/lib/libtorch_cpu.so", FakeLibrary.Libtorch(2, 11)));
    }
}
