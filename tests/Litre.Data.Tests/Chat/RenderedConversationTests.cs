using System.Text.Json;
using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Tokenization;
using Litre.Model.Families.Qwen;
using Litre.Model.Families.Qwen3Vl;
using Shared;

namespace Litre.Data.Tests.Chat;

/// <summary>Conversations with functions and thoughts against texts that Jinja rendered from the published templates.</summary>
public sealed class RenderedConversationTests
{
    private static readonly Tokenizer Nano = Tokenizer.Load(
        Path.Combine(Repository.Root, "assets", "litre-nano"),
        Qwen3VlFormat.Instance.Tokens
    );
    private static readonly Dictionary<string, JsonElement> Cases = Read();

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_RowWithCallsAndThoughts_EqualsTheTemplatesTextAndTokens(string name)
    {
        var messages = Parse(Cases[name].GetProperty("row").GetRawText());
        foreach (var (form, thinks) in (ReadOnlySpan<(string, bool)>)[("instruct", false), ("thinking", true)])
        {
            var expected = Cases[name].GetProperty(form).GetString()!;
            var encoded = new ChatEncoder(
                Nano,
                new QwenTemplate(thinks ? ThoughtForm.Opened : ThoughtForm.None, null),
                mergeSize: 2
            ).Encode(messages, [], []);
            Assert.Equal(expected, Nano.Decode(encoded.InputIds));
            Assert.Equal(Nano.Encode(expected), encoded.InputIds);
        }
    }

    private static IReadOnlyList<Message> Parse(string json)
    {
        using var folder = new TemporaryFolder();
        folder.Write("d.json", $"[{json}]");
        using var data = DataSet.Open(folder.Path);
        var row = data.Read().Single();
        Assert.True(row.Sample != null, row.Unusable?.ToString());
        return row.Sample.Messages;
    }

    private static Dictionary<string, JsonElement> Read()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(DataAssets.At("chat"), "rendered.json")));
        return document.RootElement.EnumerateArray().ToDictionary(e => e.GetProperty("row").GetProperty("id").GetString()!, e => e.Clone());
    }
}
