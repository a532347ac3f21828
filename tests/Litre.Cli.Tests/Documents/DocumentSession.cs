using System.Diagnostics;
using System.Globalization;
using System.Text;
using Shared;

namespace Litre.Cli.Tests.Documents;

/// <summary>The commands of one document, run in its order by one shell.</summary>
internal sealed class DocumentSession
{
    private const int ShownLines = 15;

    private readonly Sandbox _sandbox;
    private readonly IReadOnlyList<ShellCommand> _commands;
    private readonly string _records;

    /// <summary>Runs commands of a document, each to its end; the next ones are run where one fails, too.</summary>
    public DocumentSession(Sandbox sandbox, IReadOnlyList<ShellCommand> commands, TimeSpan patience)
    {
        (_sandbox, _commands) = (sandbox, commands);
        var folder = sandbox.In("sessions", commands[0].Document.Replace('/', '_'));
        _records = Path.Combine(folder, "records");
        Directory.CreateDirectory(_records);
        // A document that begins with a clone does so in an empty folder; others are read in a clone.
        var home = Path.Combine(folder, "work");
        Directory.CreateDirectory(home);
        if (!commands[0].Text.StartsWith("git clone", StringComparison.Ordinal))
        {
            Sandbox.Execute(folder, "git", "clone", "-q", sandbox.In("origin"), Path.Combine(home, "litre"));
            home = Path.Combine(home, "litre");
        }
        Home = home;
        Run(patience);
    }

    /// <summary>Where the document's first command runs.</summary>
    public string Home { get; }

    /// <summary>Entries of the table that its commands needed.</summary>
    public IEnumerable<string> Used => Records("used");

    /// <summary>Commands that were not run.</summary>
    public IEnumerable<string> NotRun => Records("not-run");

    /// <summary>What a command wrote to standard output.</summary>
    public string Output(int command) => Record(command, "out");

    /// <summary>What went wrong, command by command.</summary>
    public IEnumerable<string> Failures()
    {
        for (var i = 0; i < _commands.Count; i++)
        {
            var code = Record(i, "code").Trim();
            if (code != "0")
                yield return Describe(i, code);
        }
    }

    private string Describe(int command, string code)
    {
        var text = new StringBuilder($"{_commands[command]}\n");
        foreach (var ran in Record(command, "ran").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            text.Append(CultureInfo.InvariantCulture, $"  run as: {ran}\n");
        text.Append(code.Length > 0 ? $"  exit code {code}\n" : "  did not end\n");
        var error = Record(command, "err");
        var (name, shown) = error.Trim().Length > 0 ? ("standard error", error) : ("standard output", Output(command));
        foreach (var line in shown.TrimEnd().Split('\n').TakeLast(ShownLines))
            text.Append(CultureInfo.InvariantCulture, $"  {name}: {line}\n");
        return text.ToString();
    }

    private string Record(int command, string kind)
    {
        var file = Path.Combine(_records, $"{command}.{kind}");
        return File.Exists(file) ? File.ReadAllText(file) : "";
    }

    private IEnumerable<string> Records(string kind) =>
        Enumerable
            .Range(0, _commands.Count)
            .SelectMany(i => Record(i, kind).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Distinct(StringComparer.Ordinal);

    private string Script()
    {
        var script = new StringBuilder("set -o pipefail\n");
        script.Append(
            CultureInfo.InvariantCulture,
            $". {Quote(Path.Combine(Repository.Root, "tests/Litre.Cli.Tests/Documents/session.sh"))}\n"
        );
        for (var i = 0; i < _commands.Count; i++)
        {
            var text = Adaptations.Texts.Aggregate(
                _commands[i].Text,
                (text, entry) => text.Replace(entry.Shown, _sandbox.Expand(entry.Used), StringComparison.Ordinal)
            );
            if (!_sandbox.IsReal)
            {
                foreach (var (kind, path) in UsersThings.Of(text))
                    script.Append(CultureInfo.InvariantCulture, $"provide {kind} {Quote(path)}\n");
            }
            var record = Path.Combine(_records, $"{i}");
            script.Append(CultureInfo.InvariantCulture, $"export LITRE_STEP={Quote(record)}\n");
            script.Append(CultureInfo.InvariantCulture, $"eval {Quote(text)} >{Quote(record + ".out")} 2>{Quote(record + ".err")}\n");
            script.Append(CultureInfo.InvariantCulture, $"echo $? >{Quote(record + ".code")}\n");
        }
        return script.ToString();
    }

    private void Run(TimeSpan patience)
    {
        var script = Path.Combine(_records, "script");
        File.WriteAllText(script, Script());
        var start = new ProcessStartInfo("bash", [script])
        {
            WorkingDirectory = Home,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in _sandbox.Environment)
            start.Environment[name] = value;
        // Documents run at the same time and create keys of the same names.
        if (!_sandbox.IsReal)
            start.Environment["LITRE_STATE"] = Path.Combine(_records, "state");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(patience))
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
        File.WriteAllText(Path.Combine(_records, "session"), output.Result + error.Result);
    }

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
