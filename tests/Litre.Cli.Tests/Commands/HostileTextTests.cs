using System.Text.Json;
using Litre.Core;

namespace Litre.Cli.Tests.Commands;

/// <summary>Names and data that would steer a terminal are shown by every command, on both streams.</summary>
public sealed class HostileTextTests : IDisposable
{
    private const string Hostile = "x\e[31m\e]0;t\a\u009b2J\u202e";

    private readonly string _folder = Directory.CreateTempSubdirectory("litre-hostile-").FullName;

    public HostileTextTests()
    {
        Directory.CreateDirectory(In(Hostile));
        var row = JsonSerializer.Serialize(
            new { messages = new[] { new { role = "user", content = $"{Hostile}?" }, new { role = "assistant", content = Hostile } } }
        );
        var bad = JsonSerializer.Serialize(new { messages = new[] { new { role = Hostile, content = "q" } } });
        var escaped = Hostile.Replace("\e", "\\u001b").Replace("\a", "\\u0007");
        File.WriteAllText(
            In(Hostile, Hostile + ".jsonl"),
            $"{row}\n{bad}\n{bad[..^1]},\"{escaped}\":1,\"images\":[\"{JsonEncodedText.Encode(Hostile)}\"]}}\n"
        );
        File.WriteAllText(In(Hostile + ".yaml"), "\"k\\e[31m\": 1\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("data check DIR")]
    [InlineData("data check DIR --json")]
    [InlineData("tune --recipe DIR.yaml --model m --data d")]
    [InlineData("tune --DIR 1")]
    [InlineData("DIR")]
    [InlineData("ask --model DIR --image DIR q")]
    [InlineData("batch --model DIR --images DIR --prompt q --output o")]
    [InlineData("export --model DIR --adapter DIR --to peft --output o")]
    [InlineData("plan --model DIR --data DIR")]
    [InlineData("watch --once --run DIR")]
    [InlineData("model get DIR --from DIR")]
    [InlineData("setup --index DIR --dry-run --output DIR/o")]
    public void Command_HostileNamesAndData_SteersNothing(string line)
    {
        var litre = LitreProcess.Run([
            .. line.Split(' ')
                .Select(word =>
                    word == "DIR" ? In(Hostile)
                    : word.StartsWith("DIR") ? In(Hostile) + word[3..]
                    : word.Replace("DIR", Hostile)
                ),
        ]);
        Assert.False(VisibleText.Steers(litre.Output), litre.Output);
        Assert.False(VisibleText.Steers(litre.Error), litre.Error);
        Assert.NotEmpty(litre.Output + litre.Error);
        Assert.DoesNotContain("internal error", litre.Error);
        if (line.EndsWith("--json", StringComparison.Ordinal))
            Assert.Contains(
                Strings(JsonDocument.Parse(litre.Output).RootElement),
                text => text.Contains(Hostile, StringComparison.Ordinal)
            );
    }

    private static IEnumerable<string> Strings(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => [element.GetString()!],
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
            JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Strings(property.Value).Prepend(property.Name)),
            _ => [],
        };

    private string In(params string[] path) => Path.Combine([_folder, .. path]);
}
