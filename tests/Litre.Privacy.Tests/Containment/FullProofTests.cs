using System.Diagnostics;
using System.Text.Json.Nodes;
using Shared;

namespace Litre.Privacy.Tests.Containment;

/// <summary>The whole proof with the small model, as a user runs it. Half a minute to two minutes; build/long-tests.sh runs it.</summary>
public sealed class FullProofTests
{
    [Fact(Explicit = true)]
    public async Task Privacy_SmallModel_IsProvenPrivate()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("report");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        string[] words = [Path.Combine(AppContext.BaseDirectory, "litre.dll"), "privacy", "--output", output, "--device", "cpu"];
        foreach (var word in words)
            start.ArgumentList.Add(word);
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper!.WriteLine(text);
        Assert.Equal(0, process.ExitCode);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(3));
        var report = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(output, "report.json"), TestContext.Current.CancellationToken)
        )!;
        Assert.Equal("private", report["verdict"]!.GetValue<string>());
        Assert.Equal(
            ["make", "check", "tune", "eval", "ask", "serve"],
            report["steps"]!.AsArray().Select(step => step!["name"]!.GetValue<string>())
        );
        Assert.Empty(report["outside"]!.AsArray());
        Assert.Empty(report["name_lookups"]!.AsArray());
        Assert.DoesNotContain(report["files"]!.AsArray(), f => f!["scope"]!.GetValue<string>() == "unexpected");
    }
}
