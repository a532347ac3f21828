using System.Diagnostics;
using System.Globalization;
using Litre.Access.Audit;
using Shared;

namespace Litre.Access.Tests.Audit;

/// <summary>A process that appends and is killed: whatever it had been told is on the disk is in the log.</summary>
public sealed class AuditKillTests
{
    private const string FolderVariable = "LITRE_TEST_AUDIT";
    private const string Acknowledged = "acknowledged";

    [Fact]
    public void Append_ProcessKilledAtRandomMoments_LosesNoAcknowledgedEntry()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        for (var round = 1; round <= 3; round++)
        {
            using var writer = Start(folder.Path);
            var enough = Lines(folder.File(Acknowledged)).Count + random.Next(20, 200);
            var clock = Stopwatch.StartNew();
            while (Lines(folder.File(Acknowledged)).Count < enough)
            {
                Assert.True(!writer.HasExited && clock.Elapsed < TimeSpan.FromMinutes(1), "the writer did not get that far");
                Thread.Sleep(5);
            }
            writer.Kill();
            writer.WaitForExit();
            var found = AuditLog.Verify(folder.File("log"));
            Assert.True(found.IsIntact, string.Join('\n', found.Findings));
            var logged = AuditLog.Read(folder.File("log")).Select(record => record.Text("request")).OfType<string>().ToHashSet();
            Assert.Equal([], Lines(folder.File(Acknowledged)).Where(id => !logged.Contains(id)));
        }
    }

    /// <summary>The process that is killed: this test by itself, with a folder.</summary>
    [Fact(Explicit = true)]
    public async Task Append_ByManyTasks_AcknowledgesEachEntry()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        using var log = AuditLog.Open(Path.Combine(folder, "log"), fileBytes: 20_000);
        using var acknowledged = new StreamWriter(Path.Combine(folder, Acknowledged), append: true) { AutoFlush = true };
        await Task.WhenAll(Enumerable.Range(0, 8).Select(Write));

        async Task Write(int task)
        {
            for (var i = 0; ; i++)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{task}-{i}");
                await log.AppendAsync(new RequestEntry(id, "/v1/chat/completions", 200, 0.1));
                lock (acknowledged)
                    acknowledged.WriteLine(id);
            }
        }
    }

    private static Process Start(string folder)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [typeof(AuditKillTests).Assembly.Location, "-explicit", "only", "-method", "*.Append_ByManyTasks_AcknowledgesEachEntry"]
        )
        {
            RedirectStandardOutput = true,
        };
        start.Environment[FolderVariable] = folder;
        return Process.Start(start)!;
    }

    // Whole lines alone: the last one may be cut by the kill.
    private static List<string> Lines(string file)
    {
        if (!File.Exists(file))
            return [];
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = reader.ReadToEnd();
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
