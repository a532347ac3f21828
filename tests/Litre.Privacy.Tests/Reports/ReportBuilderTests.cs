using System.Text.Json.Nodes;
using Litre.Privacy.Containment;
using Litre.Privacy.Reports;
using Litre.Privacy.Tracing;
using Shared;

namespace Litre.Privacy.Tests.Reports;

public sealed class ReportBuilderTests
{
    private static readonly ProofMeans Full = new(true, Observation.Trace) { Trial = ["IPv4 to 192.0.2.1:443"] };

    [Fact]
    public void Build_OnlyLoopbackAndExpectedFiles_IsPrivate()
    {
        var report = Build(
            Full,
            Step(
                "tune",
                0,
                CallReading.Of(NetworkAction.Connect, NetworkReach.Loopback, "127.0.0.1:8000"),
                CallReading.Of(NetworkAction.Listen, NetworkReach.UnixSocket, "/run/x"),
                CallReading.Of(new FileChange(FileAction.Create, "/data/run/best")),
                CallReading.Of(new FileChange(FileAction.Write, "/dev/null")),
                CallReading.Of(new FileChange(FileAction.Write, Path.Combine(Path.GetTempPath(), "x")))
            )
        );
        Assert.Equal((Verdict.Private, 0), (report.Verdict, report.ExitCode));
        Assert.Equal("127.0.0.1:8000", Assert.Single(report.Loopback).Address);
        Assert.Equal("/run/x", Assert.Single(report.UnixSockets).Address);
        Assert.Equal(["expected", "kernel", "temporary"], report.Files.Select(f => f.Scope).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Build_AddressOutside_IsAFindingWithItsProgramAndStep()
    {
        var use = CallReading.Of(NetworkAction.Connect, NetworkReach.Outside, "192.0.2.1:443", 101);
        var report = Build(Full, Step("tune", 0, use, use), Step("ask", 0, use));
        Assert.Equal((Verdict.Violated, 1), (report.Verdict, report.ExitCode));
        var found = Assert.Single(report.Outside);
        Assert.Equal(("192.0.2.1:443", "connect", true, 3), (found.Address, found.Action, found.Refused, found.Count));
        Assert.Equal(["tune", "ask"], found.Steps);
        Assert.Equal(["dotnet"], found.Programs);
        Assert.Contains("1 request to leave this machine", report.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NetworkReach.NameLookup, "1 attempt to look up a name")]
    [InlineData(NetworkReach.Unknown, "1 request to leave this machine")]
    public void Build_OtherWaysOut_AreFindings(NetworkReach reach, string expected)
    {
        var report = Build(Full, Step("tune", 0, CallReading.Of(NetworkAction.Send, reach, "x", 1)));
        Assert.Equal(Verdict.Violated, report.Verdict);
        Assert.Contains(expected, report.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_FileElsewhere_IsAFinding()
    {
        var report = Build(Full, Step("tune", 0, CallReading.Of(new FileChange(FileAction.Create, "/data/runs"))));
        Assert.Equal((Verdict.Violated, 1), (report.Verdict, report.ExitCode));
        var folder = Assert.Single(report.Files);
        Assert.Equal(("/data", "unexpected", "runs"), (folder.Folder, folder.Scope, Assert.Single(folder.Files).Name));
    }

    [Fact]
    public void Build_CommandThatFails_IsIncomplete()
    {
        var report = Build(Full, Step("tune", 2), Step("ask", 0));
        Assert.Equal((Verdict.Incomplete, 1), (report.Verdict, report.ExitCode));
        Assert.Equal(["failed", "passed"], report.Steps.Select(step => step.Result));
        Assert.Equal(Verdict.Incomplete, Build(Full, Step("tune", 0, gap: "left")).Verdict);
        Assert.Equal(Verdict.Incomplete, Build(Full, new StepRecord("serve", "litre serve", null)).Verdict);
    }

    [Fact]
    public void Build_StepThatIsSkipped_StaysInTheReport()
    {
        var report = Build(Full, Step("ask", 0), new StepRecord("serve", "litre serve", null) { Note = "not installed" });
        Assert.Equal((Verdict.Private, "skipped"), (report.Verdict, report.Steps[1].Result));
    }

    [Fact]
    public void Build_ProgramThatTheFilterEnded_IsAFinding()
    {
        var report = Build(new ProofMeans(false, Observation.Filter), Step("tune", 128 + 31));
        Assert.Equal(Verdict.Violated, report.Verdict);
        Assert.Contains("a network socket in tune", report.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_Report_HasTheDocumentedKeys()
    {
        var report = Build(
            Full,
            Step(
                "tune",
                0,
                CallReading.Of(NetworkAction.Connect, NetworkReach.Outside, "192.0.2.1:443", 101),
                CallReading.Of(new FileChange(FileAction.RenameTo, "/data/run/x"))
            )
        );
        var json = JsonNode.Parse(ReportJson.Write(report))!;
        Assert.Equal("violated", json["verdict"]!.GetValue<string>());
        Assert.Equal(1, json["exit_code"]!.GetValue<int>());
        Assert.Equal("trace", json["proof"]!["observation"]!.GetValue<string>());
        Assert.Equal("192.0.2.1:443", json["outside"]![0]!["address"]!.GetValue<string>());
        Assert.Equal("renamed to this", json["files"]![0]!["files"]![0]!["actions"]![0]!.GetValue<string>());
        Assert.Equal("passed", json["steps"]![0]!["result"]!.GetValue<string>());
    }

    [Fact]
    public void Page_NamesOfFiles_CannotBecomeHtml()
    {
        var report = Build(Full, Step("tune", 0, CallReading.Of(new FileChange(FileAction.Create, "/data/<script>alert(1)"))));
        var page = PrivacyPage.Write(report);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Contains(System.Net.WebUtility.HtmlEncode(report.Summary), page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/tmp/clr-debug-pipe-6554-6687272-in", "/tmp/clr-debug-pipe-*-*-in")]
    [InlineData("checkpoint-8", "checkpoint-8")]
    [InlineData("/x/features/02", "/x/features/*")]
    [InlineData(".a.json.85a78318160b4808911a96d27080b459.tmp", ".a.json.*.tmp")]
    public void Pattern_NumbersAndRandomParts_AreReplaced(string name, string expected) => Assert.Equal(expected, NamePattern.Of(name));

    [Fact]
    public void Folder_Sum_IsThatOfTheShellCommand()
    {
        using var folder = new TemporaryFolder();
        folder.Write("b", "two");
        folder.Write("a/c", "one");
        var start = new System.Diagnostics.ProcessStartInfo("bash")
        {
            RedirectStandardOutput = true,
            WorkingDirectory = folder.Path,
            ArgumentList = { "-c", "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum" },
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        Assert.StartsWith(MachineReading.Folder(folder.Path, null).Sha256, process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
    }

    private static PrivacyReport Build(ProofMeans means, params StepRecord[] steps) =>
        ReportBuilder.Build(means, steps, new FileScopes(["/data/run"]), []);

    private static StepRecord Step(string name, int code, params CallReading[] readings) => Step(name, code, null, readings);

    private static StepRecord Step(string name, int code, string? gap, params CallReading[] readings)
    {
        var log = new TraceLog();
        foreach (var reading in readings)
            log.Add(reading, () => "dotnet");
        return new StepRecord(name, "litre " + name, new ContainedResult(code, TimeSpan.FromSeconds(1), log) { Gap = gap });
    }
}
