using System.Text.Json;
using Litre.Access.Keys;
using Litre.Cli.Commands;
using Litre.Cli.Errors;
using Litre.Core;
using Shared;

namespace Litre.Cli.Tests.Commands;

/// <summary><c>litre key</c> and <c>litre audit</c>, as an administrator uses them.</summary>
public sealed class AuditCommandTests : IDisposable
{
    private readonly TemporaryFolder _state = new();

    private string Log => _state.File("audit/audit-000001.jsonl");

    public void Dispose() => _state.Dispose();

    private LitreProcess Litre(params string[] arguments) => LitreProcess.RunWith(new() { ["LITRE_STATE"] = _state.Path }, arguments);

    [Fact]
    public void Key_CreatedAndRevoked_WorksInBetweenAndIsInTheLog()
    {
        var created = Litre("key", "new", "cad", "--admin");
        Assert.True(created.ExitCode == ExitCode.Success, created.Error);
        var secret = created.Output.Trim();
        var store = KeyStore.Open(_state.File("access"));
        Assert.True(store.Find(secret) is { Name: "cad", IsAdmin: true });

        var list = Litre("key", "list");
        Assert.Contains("cad", list.Output);
        Assert.DoesNotContain(secret, list.Output + created.Error);
        var json = JsonDocument.Parse(Litre("key", "list", "--json").Output).RootElement.GetProperty("keys")[0];
        Assert.Equal(("cad", true), (json.GetProperty("name").GetString(), json.GetProperty("is_admin").GetBoolean()));

        var revoked = Litre("key", "revoke", "cad");
        Assert.True(revoked.ExitCode == ExitCode.Success, revoked.Error);
        Assert.Null(store.Find(secret));
        Assert.Equal(
            ["key_created", "key_revoked"],
            File.ReadAllLines(Log).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString())
        );
        Assert.DoesNotContain(secret, File.ReadAllText(Log));
    }

    [Theory]
    [InlineData("key new two#words", "cannot be the name of a key")]
    [InlineData("key revoke nobody", "there are no keys")]
    [InlineData("audit verify", "there is no audit log")]
    [InlineData("audit show", "there is no audit log")]
    [InlineData("audit verify --head 12", "--head 12: expected the 64 hexadecimal digits")]
    [InlineData("audit show --since yesterday", "--since yesterday: expected a date")]
    public void Command_BadInput_IsOneLineAndExitsWithTwo(string arguments, string words)
    {
        var litre = Litre(arguments.Split(' '));
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Contains(words, litre.Error);
        Assert.Equal(1, litre.Error.Count(c => c == '\n'));
        Assert.Equal("", litre.Output);
    }

    [Fact]
    public void Audit_IntactAndEdited_IsToldApart()
    {
        foreach (var name in (string[])["a", "b", "c"])
            Litre("key", "new", name);
        var intact = Litre("audit", "verify");
        Assert.True(intact.ExitCode == ExitCode.Success, intact.Error);
        Assert.Contains("The audit log is intact: 3 lines in 1 file.", intact.Output);
        var head = intact.Output.Split('\n').Single(line => line.StartsWith("head: ", StringComparison.Ordinal))["head: ".Length..];
        Assert.Contains("It continues the head", Litre("audit", "verify", "--head", head).Output);
        Assert.Equal(ExitCode.CheckFailed, Litre("audit", "verify", "--head", new string('a', 64)).ExitCode);

        var shown = Litre("audit", "show", "--key", "b");
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  key_created +b\n$", shown.Output);
        Assert.Equal("", Litre("audit", "show", "--since", "2100-01-01").Output);
        Assert.Equal(File.ReadAllText(Log), Litre("audit", "show", "--since", "1h", "--json").Output);

        File.WriteAllText(Log, File.ReadAllText(Log).Replace("\"key\":\"b\"", "\"key\":\"x\"", StringComparison.Ordinal));
        var edited = Litre("audit", "verify");
        Assert.Equal(ExitCode.CheckFailed, edited.ExitCode);
        Assert.Contains("audit-000001.jsonl:2: was edited", edited.Output);
        var json = JsonDocument.Parse(Litre("audit", "verify", "--json").Output).RootElement;
        Assert.Equal(2, json.GetProperty("findings")[0].GetProperty("line").GetInt32());
        Assert.False(json.GetProperty("is_intact").GetBoolean());
        Assert.Contains("litre audit verify", Litre("audit", "show").Error);
    }

    [Theory]
    [InlineData("30m", 30)]
    [InlineData("1.5h", 90)]
    [InlineData("2d", 2880)]
    public void Since_Age_IsCountedBackFromNow(string text, int minutes)
    {
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(now.AddMinutes(-minutes), AuditShowCommand.ParseTime(text, now));
    }

    [Theory]
    [InlineData("h")]
    [InlineData("-1h")]
    [InlineData("1e300d")]
    [InlineData("99999999999d")]
    public void Since_NoTime_IsRefused(string text) =>
        Assert.Throws<InputException>(() => AuditShowCommand.ParseTime(text, DateTimeOffset.UnixEpoch));
}
