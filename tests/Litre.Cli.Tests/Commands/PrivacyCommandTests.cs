using System.Text.Json.Nodes;
using Litre.Cli.Errors;
using Litre.Cli.Serving;
using Shared;

namespace Litre.Cli.Tests.Commands;

/// <summary>The commands as a user runs them. What the containers catch is tested in Litre.Privacy.Tests.</summary>
public sealed class PrivacyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_CommandThatConnectsAndWritesElsewhere_IsFoundWithBoth()
    {
        var elsewhere = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), $"litre-test-{Guid.NewGuid():N}");
        var script = $"(exec 3<>/dev/tcp/192.0.2.1/80); echo x >{elsewhere}; rm {elsewhere}";
        var litre = LitreProcess.RunIn(_folder.Path, "privacy", "run", "--output", "report", "--json", "--", "bash", "-c", script);
        var report = JsonNode.Parse(File.ReadAllText(_folder.File("report/report.json")))!;
        Assert.SkipUnless(report["proof"]!["observation"]!.GetValue<string>() == "trace", "no trace here");
        Assert.Equal(ExitCode.CheckFailed, litre.ExitCode);
        Assert.Equal("violated", report["verdict"]!.GetValue<string>());
        Assert.Equal("192.0.2.1:80", Assert.Single(report["outside"]!.AsArray())!["address"]!.GetValue<string>());
        var folder = Assert.Single(report["files"]!.AsArray(), f => f!["scope"]!.GetValue<string>() == "unexpected")!;
        Assert.Equal(Path.GetFileName(elsewhere), folder["files"]![0]!["name"]!.GetValue<string>());
        Assert.Contains("192.0.2.1:80", File.ReadAllText(_folder.File("report/report.html")), StringComparison.Ordinal);
        // The bash of the script complains on the same stream.
        Assert.Contains("\"exit_code\": 1", litre.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_CommandOfLitre_WritesToAllowedFoldersOnly()
    {
        string[] words = ["privacy", "run", "--output", "report", "--", "litre", "completion", "bash"];
        var litre = LitreProcess.RunIn(_folder.Path, words);
        Assert.True(litre.ExitCode == ExitCode.Success, litre.Output + litre.Error);
        Assert.Contains("complete -o default", litre.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing left this machine: 1 command", litre.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["report.html", "report.json"],
            Directory.GetFileSystemEntries(_folder.File("report")).Select(Path.GetFileName).Order()
        );
    }

    [Theory]
    [InlineData("--only serve: litre-server is not installed", "--only", "serve")]
    [InlineData("--only train: expected check or tune or eval or ask or serve", "--only", "train")]
    [InlineData("--output used: exists already", "--output", "used")]
    [InlineData("`litre privacy run` has no option '--keep'", "run", "--keep", "--", "true")]
    [InlineData("--allow gone: no such folder", "run", "--allow", "gone", "--", "true")]
    public void Privacy_Mistake_IsOneLine(string expected, params string[] arguments)
    {
        Assert.SkipWhen(
            (ProgramFolders.FindServer() is not null) && expected.Contains("litre-server", StringComparison.Ordinal),
            "litre-server is installed"
        );
        _folder.Write("used/file", "");
        var litre = LitreProcess.RunIn(_folder.Path, ["privacy", .. arguments]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Contains(expected, Assert.Single(litre.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal([_folder.File("used")], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Run_ProgramThatIsMissing_IsReportedAsFailed()
    {
        var litre = LitreProcess.RunIn(_folder.Path, "privacy", "run", "--output", "report", "--", "no-such-program-here");
        Assert.Equal(ExitCode.CheckFailed, litre.ExitCode);
        Assert.Contains(
            "litre: no-such-program-here: cannot be started (No such file or directory)",
            litre.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("no-such-program-here failed, so the proof is not complete", litre.Output, StringComparison.Ordinal);
    }
}
