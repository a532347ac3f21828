using Litre.Access.Audit;
using Litre.Cli.Errors;
using Litre.Cli.Tests.Commands;
using Shared;

namespace Litre.Cli.Tests.Contracts;

/// <summary>The keys of the audit log and of what is printed about it and about API keys.</summary>
public sealed class AuditContractTests : IDisposable
{
    private readonly TemporaryFolder _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public void Log_EveryKindOfLine_HasItsKeys()
    {
        using (var log = AuditLog.Open(_state.File("audit")))
        {
            var file = new AuditFile("data.jsonl", 1, "00");
            log.Append(
                new ServerEntry(true, "1")
                {
                    Addresses = ["http://127.0.0.1:8000"],
                    Model = "model",
                    NeedsKeys = true,
                    RecordsContent = false,
                }
            );
            log.Append(new KeyEntry(true, "key-1", "cad", false));
            log.Append(new AdapterEntry(true, "flange", "/adapters") { AdapterFingerprint = "ab" });
            log.Append(
                new RequestEntry("1", "/v1/messages", 200, 1)
                {
                    Key = "cad",
                    KeyId = "key-1",
                    Model = "model",
                }
            );
            log.Append(
                new RequestEntry("2", "/v1/messages", 200, 1)
                {
                    Adapter = "flange",
                    AdapterFingerprint = "ab",
                    PromptTokens = 1,
                    CachedTokens = 0,
                    NewTokens = 2,
                    End = "stop",
                    Prompt = "?",
                    Answer = "!",
                }
            );
            log.Append(
                new RunEntry(true, "run", "model", "data.jsonl")
                {
                    Version = "1",
                    Resumed = false,
                    ModelFingerprint = "ab",
                    DataFingerprint = "cd",
                    Files = [file],
                    Recipe = file,
                }
            );
            log.Append(
                new RunEntry(false, "run", "model", "data.jsonl")
                {
                    End = "finished",
                    Steps = 3,
                    Result = file,
                }
            );
        }
        File.AppendAllText(_state.File("audit/audit-000001.jsonl"), "{\"n\"");
        Litre("key", "new", "dac");
        File.Delete(_state.File("audit/head.json"));
        Litre("key", "revoke", "dac");
        new JsonShape()
            .AddLines(Litre("audit", "show", "--json").Split('\n', StringSplitOptions.RemoveEmptyEntries), "kind")
            .AssertIs("audit-log");
    }

    [Fact]
    public void Commands_KeysAndVerification_HaveTheirKeys()
    {
        Litre("key", "new", "cad");
        new JsonShape().Add(Litre("key", "list", "--json")).AssertIs("key-list");
        var good = Litre("audit", "verify", "--json");
        File.AppendAllText(_state.File("audit/audit-000001.jsonl"), "x\ny");
        var bad = LitreProcess.RunWith(new() { ["LITRE_STATE"] = _state.Path }, "audit", "verify", "--json");
        Assert.Equal(ExitCode.CheckFailed, bad.ExitCode);
        new JsonShape().Add(good).Add(bad.Output).AssertIs("audit-verify");
    }

    private string Litre(params string[] arguments)
    {
        var litre = LitreProcess.RunWith(new() { ["LITRE_STATE"] = _state.Path }, arguments);
        Assert.True(litre.ExitCode == ExitCode.Success, litre.Error);
        return litre.Output;
    }
}
