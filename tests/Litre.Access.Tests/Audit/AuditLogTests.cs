using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Litre.Access.Audit;
using Litre.Core;
using Shared;

namespace Litre.Access.Tests.Audit;

[UnsupportedOSPlatform("windows")]
public sealed class AuditLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string First => Path.Combine(_folder.Path, "audit-000001.jsonl");

    public void Dispose() => _folder.Dispose();

    private AuditLog Open(long fileBytes = AuditLog.DefaultFileBytes) => AuditLog.Open(_folder.Path, fileBytes);

    private static RequestEntry Request(int number) =>
        new($"req-{number}", "/v1/chat/completions", 200, 1.5) { Key = "cad", NewTokens = number };

    private void Fill(int count, long fileBytes = AuditLog.DefaultFileBytes)
    {
        using var log = Open(fileBytes);
        for (var i = 1; i <= count; i++)
            log.Append(Request(i));
    }

    private AuditVerification Verify(string? head = null) => AuditLog.Verify(_folder.Path, head);

    [Fact]
    public void Append_Entries_BuildAChainThatSha256sumConfirms()
    {
        Fill(3);
        var previous = new string('0', 64);
        foreach (var line in File.ReadAllLines(First))
        {
            var at = line.LastIndexOf(",\"sha256\":\"", StringComparison.Ordinal);
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line[..at])));
            Assert.Equal($",\"sha256\":\"{hash}\"}}", line[at..]);
            Assert.EndsWith($",\"previous\":\"{previous}\"", line[..at], StringComparison.Ordinal);
            previous = hash;
        }
        var found = Verify();
        Assert.True(found.IsIntact, string.Join('\n', found.Findings));
        Assert.Equal((3, 1, previous), (found.Lines, found.Files, found.Sha256));
        Assert.Empty(found.Notes);
    }

    [Fact]
    public void Append_EveryKind_IsReadBackWithItsFields()
    {
        using (var log = Open())
        {
            log.Append(new ServerEntry(true, "1.0") { Addresses = ["http://127.0.0.1:8080"], NeedsKeys = true });
            log.Append(new KeyEntry(true, "key-1", "cad", false));
            log.Append(new AdapterEntry(true, "flange", "/adapters/flange") { AdapterFingerprint = "ab" });
            log.Append(new RunEntry(true, "runs/a", "model", "data.jsonl") { Files = [new AuditFile("data.jsonl", 3, "cd")] });
            log.Append(Request(7) with { Prompt = "Größe \"6\"\n,\"sha256\":\"x\"}", Adapter = "flange" });
        }
        var records = AuditLog.Read(_folder.Path).ToList();
        Assert.Equal(["server_started", "key_created", "adapter_loaded", "run_started", "request"], records.Select(r => r.Text("kind")));
        Assert.All(records, r => Assert.Null(r.Problem));
        Assert.Equal("Größe \"6\"\n,\"sha256\":\"x\"}", records[4].Text("prompt"));
        Assert.Equal(7, records[4].Fields.GetProperty("new_tokens").GetInt32());
        Assert.Equal("cd", records[3].Fields.GetProperty("files")[0].GetProperty("sha256").GetString());
        Assert.False(records[4].Fields.TryGetProperty("answer", out _));
        Assert.True(Verify().IsIntact);
    }

    [Fact]
    public void Verify_EditedLine_IsNamed()
    {
        Fill(5);
        Change(lines => lines[2] = lines[2].Replace("\"new_tokens\":3", "\"new_tokens\":9", StringComparison.Ordinal));
        var finding = Assert.Single(Verify().Findings);
        Assert.StartsWith("audit-000001.jsonl:3: was edited", finding.ToString(), StringComparison.Ordinal);
    }

    // Somebody who also computes the edited line's hash cannot hide it from the line after.
    [Fact]
    public void Verify_LineThatWasReplacedWithItsHash_IsFoundAtTheNext()
    {
        Fill(5);
        Change(lines =>
        {
            var edited = lines[2].Replace("\"new_tokens\":3", "\"new_tokens\":9", StringComparison.Ordinal);
            var body = edited[..edited.LastIndexOf(",\"sha256\"", StringComparison.Ordinal)];
            lines[2] = $"{body},\"sha256\":\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)))}\"}}";
        });
        Assert.StartsWith("audit-000001.jsonl:4: does not continue", Assert.Single(Verify().Findings).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_RemovedLine_IsNamed()
    {
        Fill(5);
        Change(lines => lines.RemoveAt(1));
        var finding = Assert.Single(Verify().Findings);
        Assert.StartsWith(
            "audit-000001.jsonl:2: is line 3 of the log, but line 2 was expected",
            finding.ToString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Verify_LinesInAnotherOrder_AreFound()
    {
        Fill(5);
        Change(lines => (lines[1], lines[2]) = (lines[2], lines[1]));
        Assert.Equal([2, 3, 4], Verify().Findings.Select(f => f.Line));
    }

    [Fact]
    public void Verify_LineOfSomethingElse_IsReportedOnce()
    {
        Fill(5);
        Change(lines => lines[1] = "hello");
        Assert.StartsWith("audit-000001.jsonl:2: is not a line", Assert.Single(Verify().Findings).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_CutAtTheEnd_IsFoundByTheHead()
    {
        Fill(5);
        Change(lines => lines.RemoveRange(3, 2));
        var finding = Assert.Single(Verify().Findings);
        Assert.StartsWith("head.json: states 5 lines", finding.ToString(), StringComparison.Ordinal);
    }

    // The limit of the chain alone, and what the noted head is for.
    [Fact]
    public void Verify_CutTogetherWithItsHead_IsFoundByANotedHeadAlone()
    {
        Fill(3);
        var (text, head) = (File.ReadAllBytes(First), File.ReadAllBytes(Path.Combine(_folder.Path, "head.json")));
        Fill(2);
        var noted = Verify().Sha256;
        Fill(1);
        Assert.True(Verify(noted).IsIntact);
        File.WriteAllBytes(First, text);
        File.WriteAllBytes(Path.Combine(_folder.Path, "head.json"), head);
        Assert.True(Verify().IsIntact);
        Assert.Contains("no line has the hash", Assert.Single(Verify(noted).Findings).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Append_LongLog_ContinuesInNewFiles()
    {
        Fill(20, fileBytes: 1000);
        var found = Verify();
        Assert.True(found.IsIntact, string.Join('\n', found.Findings));
        Assert.Equal(20, found.Lines);
        Assert.InRange(found.Files, 3, 20);
        File.Delete(Path.Combine(_folder.Path, "audit-000002.jsonl"));
        Assert.Contains("audit-000002.jsonl: is missing", Verify().Findings.Select(f => f.ToString()));
        File.Delete(First);
        Assert.Contains(Verify().Findings, f => f.Problem.Contains("the lines before it are missing", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_IncompleteLastLine_IsMovedAsideAndTheChainGoesOn(bool staysOpen)
    {
        using var before = Open();
        before.Append(Request(1));
        before.Append(Request(2));
        File.AppendAllText(First, "{\"n\":3,\"time\":\"2026");
        Assert.True(Verify().IsIntact);
        Assert.Contains("incomplete line", Assert.Single(Verify().Notes).Problem, StringComparison.Ordinal);
        using var log = staysOpen ? before : Open();
        log.Append(Request(4));
        var found = Verify();
        Assert.True(found.IsIntact, string.Join('\n', found.Findings));
        Assert.Equal(4, found.Lines);
        Assert.Contains("was moved to audit-000001.incomplete-", Assert.Single(found.Notes).Problem, StringComparison.Ordinal);
        Assert.Equal("{\"n\":3,\"time\":\"2026", File.ReadAllText(Assert.Single(Directory.GetFiles(_folder.Path, "*.incomplete-*"))));
    }

    // A process that was killed after its lines were written and before its head was.
    [Fact]
    public void Open_HeadOlderThanTheLog_ContinuesAfterTheLastLine()
    {
        Fill(2);
        var head = File.ReadAllBytes(Path.Combine(_folder.Path, "head.json"));
        Fill(3, fileBytes: 600);
        File.WriteAllBytes(Path.Combine(_folder.Path, "head.json"), head);
        Assert.True(Verify().IsIntact);
        Fill(1);
        var found = Verify();
        Assert.True(found.IsIntact, string.Join('\n', found.Findings));
        Assert.Equal(6, found.Lines);
        Assert.Empty(found.Notes);
    }

    [Fact]
    public void Open_LogThatWasCut_IsContinuedAndStaysDamaged()
    {
        Fill(5);
        Change(lines => lines.RemoveRange(3, 2));
        Fill(1);
        var finding = Assert.Single(Verify().Findings);
        Assert.Equal(4, finding.Line);
        Assert.Contains("the log did not end as head.json states (5 lines", finding.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MissingHead_IsRecorded()
    {
        Fill(5);
        File.Delete(Path.Combine(_folder.Path, "head.json"));
        Assert.Contains("head.json: is missing", Assert.Single(Verify().Findings).ToString(), StringComparison.Ordinal);
        Fill(1);
        Assert.Contains("head.json was missing or damaged", Assert.Single(Verify().Findings).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_ManyAtOnceInSeveralLogs_KeepsOneChain()
    {
        using var first = Open(20_000);
        using var second = Open(20_000);
        await Task.WhenAll(Enumerable.Range(0, 400).Select(i => (i % 2 == 0 ? first : second).AppendAsync(Request(i))));
        var found = Verify();
        Assert.True(found.IsIntact, string.Join('\n', found.Findings.Take(5)));
        Assert.Equal(400, found.Lines);
        Assert.Equal(400, AuditLog.Read(_folder.Path).Select(r => r.Text("request")).Distinct().Count());
    }

    [Fact]
    public async Task Append_FolderThatCannotBeWritten_FailsAndTheNextOneSucceeds()
    {
        using var log = Open();
        log.Append(Request(1));
        File.Move(First, First + ".away");
        Directory.CreateDirectory(First);
        await Assert.ThrowsAsync<InputException>(() => log.AppendAsync(Request(2)));
        Directory.Delete(First);
        File.Move(First + ".away", First);
        log.Append(Request(3));
        var found = Verify();
        Assert.True(found.IsIntact, string.Join('\n', found.Findings));
        Assert.Equal(2, found.Lines);
    }

    [Fact]
    public void Files_OfTheLog_AreReadableByTheirOwnerAlone()
    {
        var folder = _folder.File("log");
        using (var log = AuditLog.Open(folder))
            log.Append(Request(1));
        Assert.NotEmpty(Directory.GetFiles(folder));
        foreach (var path in Directory.GetFiles(folder).Append(folder))
            Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(path) & (UnixFileMode)0x3f);
    }

    [Fact]
    public void Verify_FolderWithoutALog_SaysWhenOneBegins() =>
        Assert.Contains(
            "there is no audit log",
            Assert.Throws<InputException>(() => AuditLog.Verify(_folder.File("no"))).Message,
            StringComparison.Ordinal
        );

    private void Change(Action<List<string>> change)
    {
        var lines = File.ReadAllLines(First).ToList();
        change(lines);
        File.WriteAllText(First, string.Concat(lines.Select(line => line + "\n")));
    }
}
