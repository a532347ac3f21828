using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Samples;
using Shared;

namespace Litre.Data.Tests.Formats;

/// <summary>Folders of other tools with their own description of the files in them.</summary>
public sealed class DatasetInfoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_DescribedFiles_EachByItsOwnDescription()
    {
        Describe(
            """
            {
              "alpaca": {"file_name": "a.json", "columns":
                        {"prompt": "frage", "query": "dazu", "response": "antwort", "system": "rolle", "history": "vorher"}},
              "turns": {"file_name": "b.json", "formatting": "sharegpt", "columns": {"messages": "dialog"},
                        "tags": {"role_tag": "wer", "content_tag": "was", "user_tag": "kunde", "assistant_tag": "wir",
                                 "system_tag": "regel"}},
              "remote": {"hf_hub_url": "someone/data"}
            }
            """
        );
        _folder.Write(
            "a.json",
            """[{"frage": "q", "dazu": "more", "antwort": "yes", "question": "not this", "rolle": "s", "vorher": [["q0", "a0"]]}]"""
        );
        _folder.Write(
            "b.json",
            """[{"dialog": [{"wer": "regel", "was": "s"}, {"wer": "kunde", "was": "q"}, {"wer": "wir", "was": "b"}]}]"""
        );
        _folder.Write("c.json", """[{"question": "q", "answer": "c"}]""");
        var (rows, notices) = Read();
        Assert.Equal(["yes", "b", "c"], rows.Select(r => r.Sample?.Answer));
        Assert.Contains(rows[0].Sample!.Messages, m => m.Role == Role.User && m.Text == "q\nmore");
        Assert.Equal([Role.System, Role.User, Role.Assistant], rows[1].Sample!.Messages.Select(m => m.Role));
        Assert.Contains(notices, n => n.Contains("1 entry names data on a hub (remote), which are not read", StringComparison.Ordinal));
        Assert.Contains(notices, n => n.Contains("2 files are read as it describes (a.json, b.json)", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_OneFile_UsesTheDescriptionBesideIt()
    {
        Describe("""{"x": {"file_name": "a.json", "columns": {"prompt": "frage", "response": "antwort"}}}""");
        var path = _folder.Write("a.json", """[{"frage": "q", "antwort": "yes"}]""");
        _folder.Write("other.json", "[]");
        foreach (var given in (string[])[path, _folder.File("dataset_info.json")])
        {
            using var data = DataSet.Open(given);
            Assert.Equal("yes", Assert.Single(data.Read()).Sample!.Answer);
        }
    }

    [Fact]
    public void Read_ColumnThatIsNotThere_RefusesTheRowByName()
    {
        Describe("""{"x": {"file_name": "a.json", "columns": {"prompt": "frage", "response": "antwort"}}}""");
        _folder.Write("a.json", """[{"question": "q", "antwort": "yes"}]""");
        Assert.Contains(
            "names the column 'frage', and the row has the keys question, antwort",
            Assert.Single(Read().Rows).Unusable!.Reason
        );
    }

    [Fact]
    public void Read_SplitAndNumberOfSamples_AreObeyedAndSaid()
    {
        Describe("""{"x": {"file_name": "a.json", "num_samples": 2, "split": "test", "subset": "y", "colums": {}}}""");
        _folder.Write(
            "a.json",
            """[{"instruction": "q", "output": "1"}, {"instruction": "q", "output": "2"}, {"instruction": "q", "output": "3"}]"""
        );
        var (rows, notices) = Read();
        Assert.Equal(["1", "2"], rows.Select(r => r.Sample!.Answer));
        Assert.All(rows, r => Assert.Equal("test", r.Sample!.Split));
        foreach (
            var said in (string[])
                ["the first 2 are read", "'subset', which has a meaning only on a hub", "the key 'colums', which is unknown"]
        )
            Assert.Contains(notices, n => n.Contains(said, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"x": {"file_name": "nowhere.json"}}""", "its entry 'x' names 'nowhere.json', which is missing")]
    [InlineData("""{"x": {"file_name": "a.json", "formatting": "vicuna"}}""", "its entry 'x' has the formatting 'vicuna'")]
    public void Read_EntryThatCannotBeFollowed_IsListed(string info, string reason)
    {
        Describe(info);
        _folder.Write("a.json", """[{"instruction": "q", "output": "1"}]""");
        Assert.Contains(reason, Assert.Single(Read().Rows, r => r.Unusable != null).Unusable!.Reason);
    }

    // Rows in the shapes of LLaMA-Factory's own folder and of ms-swift's guide: read, or refused for what they are.
    [Theory]
    [InlineData(
        """{"conversations": [{"from": "human", "value": "q"}], "chosen": {"from": "gpt", "value": "g"},"""
            + """ "rejected": {"from": "gpt", "value": "b"}}""",
        "preference"
    )]
    [InlineData(
        """{"chosen_messages": [{"role": "user", "content": [{"type": "text", "value": "q"}], "loss_weight": 0.0}],"""
            + """ "rejected_messages": []}""",
        "preference"
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "label": false}""",
        "preference"
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "rejected_response": "b"}""",
        "preference"
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "<audio>q"}, {"role": "assistant", "content": "a"}], "audios": ["1.mp3"]}""",
        "audio"
    )]
    [InlineData("""{"messages": [{"role": "user", "content": "q"}]}""", "the last turn is from the user")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "I love music"}]}""", "text for continued pretraining")]
    [InlineData("""{"messages": [{"role": "user", "content": "So happy"}], "label": 1}""", "classification")]
    [InlineData("""{"text": "a page of a book"}""", "plain text")]
    public void Read_RowOfAnotherKind_SaysItsKind(string row, string reason)
    {
        _folder.Write("d.jsonl", row + "\n");
        Assert.Contains(reason, Assert.Single(Read().Rows).Unusable!.Reason);
    }

    [Theory]
    [InlineData(
        """{"messages": [{"role": "user", "content": [{"type": "text", "value": "q"}], "loss_weight": 0.0}, """
            + """{"role": "assistant", "content": [{"type": "text", "value": "a"}], "loss_weight": 1.0}]}"""
    )]
    [InlineData("""{"system": "s", "query": "q", "response": "a", "history": [["q0", "a0"]]}""")]
    [InlineData("""{"system": "s", "instruction": "q", "input": "", "output": "a"}""")]
    [InlineData("""{"query": "q", "targets": "a"}""")]
    [InlineData("""{"system": "s", "conversation": [{"human": "q", "assistant": "a"}]}""")]
    public void Read_RowsOfOtherTools_AreRead(string row)
    {
        _folder.Write("d.jsonl", row + "\n");
        var sample = Assert.Single(Read().Rows).Sample!;
        Assert.Equal(("q", "a"), (sample.Messages.Last(m => m.Role == Role.User).Text, sample.Answer));
    }

    [Fact]
    public void Read_AnthropicImageSource_IsAnEmbeddedImage()
    {
        var bytes = Convert.ToBase64String(Imaging.TestImages.Encode(8, 8, SkiaSharp.SKEncodedImageFormat.Png));
        _folder.Write(
            "d.jsonl",
            """{"messages": [{"role": "user", "content": [{"type": "image", "source": """
                + $$"""{"type": "base64", "media_type": "image/png", "data": "{{bytes}}"} }, {"type": "text", "text": "q"}]}, """
                + """{"role": "assistant", "content": "a"}]}"""
                + "\n"
        );
        Assert.Single(Assert.Single(Read().Rows).Sample!.Images);
    }

    [Fact]
    public void Read_ThoughtsAndCallsAmongParts_AreThoughtsAndCalls()
    {
        _folder.Write(
            "d.jsonl",
            """{"messages": [{"role": "user", "content": [{"type": "text", "value": "q"}]}, """
                + """{"role": "assistant", "content": [{"type": "reasoning", "value": "hm"}, """
                + """{"type": "tool_call", "value": "{\"name\": \"look\", \"arguments\": {\"at\": 1}}"}]}, """
                + """{"role": "tool", "content": [{"type": "text", "value": "seen"}]}, """
                + """{"role": "assistant", "content": [{"type": "reasoning", "value": "so"}, {"type": "text", "value": "a"}]}]}"""
                + "\n"
                + """{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": """
                + """[{"type": "tool_call", "value": "{\"name\": \"look\", \"arguments\": {}}"}, {"type": "text", "value": "after"}]}]}"""
                + "\n"
        );
        var (rows, _) = Read();
        var messages = rows[0].Sample!.Messages;
        Assert.Equal((new ToolCall("look", "{\"at\": 1}"), "hm"), (Assert.Single(messages[1].ToolCalls), messages[1].Thought));
        Assert.Equal(("a", "so"), (messages[3].Text, messages[3].Thought));
        Assert.Contains("after a call", rows[1].Unusable!.Reason);
    }

    [Fact]
    public void Read_TextRows_AreReadWhenAsked()
    {
        Describe(
            """{"wiki": {"file_name": "w.txt", "columns": {"prompt": "text"}},"""
                + """ "c4": {"file_name": "c.jsonl", "columns": {"prompt": "body"}}}"""
        );
        _folder.Write("w.txt", "first line\n\nsecond line\n");
        _folder.Write("c.jsonl", "{\"body\": \"a page\"}\n");
        _folder.Write("m.jsonl", "{\"messages\": [{\"role\": \"assistant\", \"content\": \"I love music\"}]}\n");
        Assert.All(Read().Rows, r => Assert.Contains("`text-rows`", r.Unusable!.Remedy));
        using var data = DataSet.Open(_folder.Path, new DataSetOptions { TextRows = true });
        var samples = data.Read().Select(r => r.Sample!).ToList();
        Assert.Equal(["a page", "I love music", "first line", "second line"], samples.Select(s => s.Answer));
        Assert.All(samples, s => Assert.True(s.IsText));
    }

    private void Describe(string text) => _folder.Write("dataset_info.json", text);

    private (List<Row> Rows, IReadOnlyCollection<string> Notices) Read()
    {
        using var data = DataSet.Open(_folder.Path);
        return ([.. data.Read()], data.Notices);
    }
}
