using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Keys;
using Litre.Data.Samples;
using Litre.Data.Tests.Imaging;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Formats;

/// <summary>What keys of rows, turns and parts mean: obeyed, refused by name, or said to be ignored.</summary>
public sealed class RowKeysTests : IDisposable
{
    private const string Ask = """{"role": "user", "content": "<image>Colour?"}""";

    private readonly TemporaryFolder _folder = new();

    public RowKeysTests()
    {
        foreach (var (name, width, height) in ((string, int, int)[])[("a.png", 40, 30), ("b.png", 30, 40), ("c.png", 20, 20)])
            _folder.Write($"images/{name}", TestImages.Encode(width, height, SKEncodedImageFormat.Png));
        _folder.Write("images/a_again.png", TestImages.Encode(40, 30, SKEncodedImageFormat.Png));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        """{"instruction": "And how many wheels?", "input": "", "output": "Four.","""
            + """ "history": [["<image>What is it?", "A cart."]], "images": ["a.png"], "system": "Be short."}""",
        "Be short.|[0]What is it?|A cart.|And how many wheels?|Four."
    )]
    [InlineData(
        """{"query": "And how many wheels?", "response": "Four.", "history": [["What is it?", "A cart."]], "images": ["a.png"]}""",
        "[0]What is it?|A cart.|And how many wheels?|Four."
    )]
    [InlineData(
        """{"query": "C?", "response": "c", "history": "[[\"A <image>\", \"a\"], [\"B\", \"b\"]]", "image": "a.png"}""",
        "A[0]|a|B|b|C?|c"
    )]
    [InlineData(
        """{"query": "C <image>?", "response": "c", "history": [{"role": "user", "content": "A <image>"}, """
            + """{"role": "assistant", "content": "a"}], "images": ["a.png", "b.png"]}""",
        "A[0]|a|C[1]?|c"
    )]
    [InlineData("""{"query": "C?", "response": "c", "history": [{"query": "A", "response": "a"}]}""", "A|a|C?|c")]
    public void History_OfAnyForm_BecomesTurns(string row, string expected) => Assert.Equal(expected, Shown(Usable(row)));

    [Theory]
    [InlineData("""{"query": "C?", "response": "c", "history": [["A"]]}""", "history", "not a list of pairs of question and answer")]
    [InlineData(
        """{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "history": [["A", "B"]]}""",
        "history",
        "a conversation and a history"
    )]
    [InlineData("""{"image": "a.png", "question": "q", "answer": "a", "audio": "x.wav"}""", "audio", "gives audio")]
    [InlineData("""{"image": "a.png", "question": "q", "answer": "a", "audios": ["x.wav"]}""", "audios", "gives audio")]
    [InlineData("""{"question": "q", "answer": "a", "rejected": "b"}""", "rejected", "preference tuning ('rejected')")]
    [InlineData("""{"question": "q", "answer": "a", "sample_weight": 0.5}""", "sample_weight", "all rows have the same weight")]
    [InlineData("""{"question": "q", "answer": "a", "weight": 0}""", "weight", "must not be learned")]
    [InlineData("""{"question": "q", "answer": "a", "train_on_inputs": true}""", "train_on_inputs", "only answers carry loss")]
    [InlineData("""{"question": "q", "answer": "a", "image": "a.png", "images": ["b.png"]}""", "image", "different images")]
    [InlineData("""{"question": "q", "answer": "a", "screenshot": "a.png"}""", "screenshot", "contains an image")]
    [InlineData("""{"question": "q", "answer": "a", "meta": {"frame": {"path": "images/b.png"}}}""", "meta", "contains an image")]
    [InlineData("""{"question": "q", "answer": "a", "context": {"title": ["x"]}}""", "context", "neither text nor a list of texts")]
    [InlineData(
        """{"question": "q", "answer": "B", "option_a": "x", "option_b": "y", "option_d": "z"}""",
        "option_d",
        "but not 'option_c'"
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "label": false}""",
        "label",
        "KTO"
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],"""
            + """ "conversations": [{"from": "human", "value": "q"}]}""",
        "conversations",
        "two conversations"
    )]
    [InlineData(
        """{"system": "S", "messages": [{"role": "system", "content": "T"}, {"role": "user", "content": "q"}, """
            + """{"role": "assistant", "content": "a"}]}""",
        "system",
        "system turn"
    )]
    public void Key_ThatChangesTheMeaning_IsRefusedByName(string row, string key, string reason)
    {
        var read = Read(row);
        Assert.Contains(reason, read.Unusable?.Reason);
        var use = Assert.Single(read.Keys, k => k.Outcome == KeyOutcome.Refused);
        Assert.Equal((KeyLevel.Row, key), (use.Level, use.Key));
        Assert.All(read.Keys.Where(k => k != use), k => Assert.Equal(KeyOutcome.RowUnusable, k.Outcome));
    }

    [Theory]
    [InlineData("\"weight\": 0", "\"weight\": 1")]
    [InlineData("\"train\": false", "\"train\": true")]
    [InlineData("\"loss\": 0.0", "\"loss\": 1.0")]
    [InlineData("\"loss_weight\": 0.0", "\"loss_weight\": 1.0")]
    [InlineData("\"loss_scale\": \"0\"", "\"loss_scale\": \"1\"")]
    [InlineData("\"loss\": \"false\"", "\"name\": \"x\"")]
    public void FlagOfATurn_False_TakesItsLoss(string first, string second)
    {
        var sample = Usable(
            $$"""{"images": ["a.png"], "messages": [{{Ask}}, {"role": "assistant", "content": "Blue?", {{first}}}, """
                + $$"""{"role": "user", "content": "Sure?"}, {"role": "assistant", "content": "Red.", {{second}}}]}"""
        );
        Assert.Equal([true, false, true, true], sample.Messages.Select(m => m.CarriesLoss));
        Assert.Empty(sample.Warnings);
    }

    [Fact]
    public void MaskHistory_True_LeavesTheLastAnswer()
    {
        var sample = Usable("""{"query": "C?", "response": "c", "history": [["A", "a"]], "mask_history": true}""");
        Assert.Equal([false, true], sample.Messages.Where(m => m.Role == Role.Assistant).Select(m => m.CarriesLoss));
    }

    [Theory]
    [InlineData("\"weight\": 0.5", "weights in between are not supported")]
    [InlineData("\"loss\": false", "no answer of the row carries loss")]
    [InlineData("\"loss\": true, \"weight\": 0", "contradict")]
    [InlineData("\"rejected\": \"b\"", "preference tuning")]
    [InlineData("\"value\": \"other\"", "which differ")]
    [InlineData("\"audio\": \"a.wav\"", "gives audio")]
    public void FlagOfATurn_ThatCannotBeObeyed_RefusesTheRow(string flag, string reason) =>
        Assert.Contains(
            reason,
            Read($$"""{"images": ["a.png"], "messages": [{{Ask}}, {"role": "assistant", "content": "Red.", {{flag}}}]}""").Unusable?.Reason
        );

    [Fact]
    public void LastAnswerWithoutLoss_IsUsable_WithAWarning() =>
        Assert.Contains(
            "carries no loss",
            Assert
                .Single(
                    Usable(
                        """{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}, """
                            + """{"role": "user", "content": "r"}, {"role": "assistant", "content": "b", "weight": 0}]}"""
                    ).Warnings
                )
                .Text
        );

    [Theory]
    [InlineData("""{"image_1": "a.png", "image_2": "b.png", "question": "<image 2> or <image_1>?", "answer": "x"}""", "[1]or[0]?|x")]
    [InlineData("""{"image_1": "a.png", "image_2": null, "question": "Which law?", "answer": "x"}""", "[0]Which law?|x")]
    [InlineData("""{"image_1": "a.png", "image_3": "b.png", "question": "<image 3><image 1>?", "answer": "x"}""", "[1][0]?|x")]
    [InlineData("""{"images": ["a.png", "b.png"], "question": "<|image_2|><|image_1|>?", "answer": "x"}""", "[1][0]?|x")]
    [InlineData("""{"images": ["a.png"], "question": "<image 1> and again <image 1>", "answer": "x"}""", "[0]and again[0]|x")]
    [InlineData("""{"images": ["a.png"], "question": "<|image|>What?", "answer": "x"}""", "[0]What?|x")]
    [InlineData("""{"query": "Picture 1: <img>a.png</img>\nWhat?", "response": "x"}""", "Picture 1:[0]What?|x")]
    [InlineData("""{"images": ["a.png"], "query": "<img>a.png</img>What?", "response": "x"}""", "[0]What?|x")]
    [InlineData("""{"query": "What does <img>text</img> mean?", "response": "x"}""", "What does <img>text</img> mean?|x")]
    [InlineData(
        """{"images": ["a.png"], "messages": [{"role": "user", "content": "<image_1>?"}, """
            + """{"role": "assistant", "content": "<image 1> is red"}]}""",
        "[0]?|<image 1> is red"
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "A", "images": ["a.png"]}, {"role": "assistant", "content": "a"}, """
            + """{"role": "user", "content": "B <image>", "images": ["b.png"]}, {"role": "assistant", "content": "b"}]}""",
        "[0]A|a|B[1]|b"
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": [{"image": "a.png"}, {"text": "A"}]}, """
            + """{"role": "assistant", "content": [{"type": "text", "value": "a"}]}]}""",
        "[0]A|a"
    )]
    [InlineData(
        """{"prompt": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "A"}]}],"""
            + """ "completion": [{"role": "assistant", "content": [{"type": "text", "text": "a"}]}], "images": ["a.png"]}""",
        "[0]A|a"
    )]
    [InlineData("""{"image": "a.png", "images": ["a.png", "b.png"], "question": "q", "answer": "x"}""", "[0][1]q|x")]
    [InlineData("""{"image": "a.png", "image_path": "gone/a.png", "question": "q", "answer": "x"}""", "[0]q|x")]
    [InlineData("""{"image": "a_again.png", "image_path": "a.png", "question": "q", "answer": "x"}""", "[0]q|x")]
    [InlineData("""{"image": "a.png", "file": "images/a.png", "question": "q", "answer": "x"}""", "[0]q|x")]
    public void Images_OfAnyKeyAndPlace_AreShown(string row, string expected) => Assert.Equal(expected, Shown(Usable(row)));

    [Theory]
    [InlineData("""{"image_1": "a.png", "image_2": "b.png", "question": "<image 1>?", "answer": "x"}""", "names only 1 of them")]
    [InlineData("""{"image_1": "a.png", "question": "<image 2>?", "answer": "x"}""", "the placeholder <image 2>, but 1 image is given")]
    [InlineData("""{"images": ["a.png", "b.png"], "question": "<image 1><image>?", "answer": "x"}""", "with and without numbers")]
    [InlineData("""{"question": "<|image|>?", "answer": "x"}""", "1 <image> placeholder, but 0 images are given")]
    [InlineData(
        """{"messages": [{"role": "user", "content": [{"type": "text", "text": "A", "image": "a.png"}]}, """
            + """{"role": "assistant", "content": "a"}]}""",
        "a part of text also has 'image'"
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "A", "screenshot": "a.png"}, {"role": "assistant", "content": "a"}]}""",
        "'screenshot' contains an image"
    )]
    public void Images_ThatHaveNoPlaceOrKey_RefuseTheRow(string row, string reason) => Assert.Contains(reason, Read(row).Unusable?.Reason);

    [Theory]
    [InlineData("""{"question": "q", "answer": "x", "context": "C", "hint": "H", "input": "I"}""", "C\nH\nq\nI|x")]
    [InlineData("""{"question": "q", "answer": "x", "instruction": "Be brief."}""", "Be brief.\nq|x")]
    [InlineData(
        """{"context": ["one", "two"], "question": "q", "answers": {"text": ["x", "y"], "answer_start": [3, 4]}}""",
        "one\ntwo\nq|x"
    )]
    [InlineData("""{"Question": "q", "ANSWER": "x", "system_prompt": "S"}""", "S|q|x")]
    public void Texts_BesideTheQuestion_AreLaidAroundIt(string row, string expected) => Assert.Equal(expected, Shown(Usable(row)));

    [Fact]
    public void Keys_WithoutEffect_AreListedAsIgnored()
    {
        var row = Read(
            """{"image": "a.png", "question": "q", "answer": "x", "caption": "c", "source": "web", "split": "part 1","""
                + """ "solution": "s", "prompt": "p", "empty": "", "none": null}"""
        );
        Assert.Equal(
            ["caption", "prompt", "solution", "source", "split"],
            row.Keys.Where(k => k.Outcome == KeyOutcome.Ignored).Select(k => k.Key).Order()
        );
        Assert.Contains("rename it to context", row.Keys.Single(k => k.Key == "caption").Detail);
        Assert.Contains("'prompt' is ignored", Assert.Single(row.Sample!.Warnings).Text);
        Assert.DoesNotContain(row.Keys, k => k.Key is "empty" or "none");
    }

    [Theory]
    [InlineData("qestion", "question")]
    [InlineData("anwser", "answer")]
    [InlineData("mesages", "messages")]
    [InlineData("converstaions", "conversations")]
    [InlineData("imgae", "image")]
    [InlineData("question", null)]
    [InlineData("source", null)]
    [InlineData("title", null)]
    public void Nearest_MisspelledName_IsTheOneThatIsMeant(string key, string? expected) => Assert.Equal(expected, RowNames.Nearest(key));

    [Fact]
    public void Keys_OfTurnsAndParts_AreListedWithTheirLevel()
    {
        var row = Read(
            """{"messages": [{"role": "user", "content": [{"type": "image", "image": {"path": "a.png", "id": 3}, "detail": "low"}, """
                + """{"type": "text", "text": "q"}], "name": "Ann"}, {"role": "assistant", "content": "a"}]}"""
        );
        Assert.Contains(new KeyUse(KeyLevel.Part, "detail", KeyOutcome.Ignored, ""), row.Keys);
        Assert.Contains(new KeyUse(KeyLevel.Part, "image.id", KeyOutcome.Ignored, ""), row.Keys);
        Assert.Contains(new KeyUse(KeyLevel.Turn, "name", KeyOutcome.Ignored, ""), row.Keys);
        Assert.Contains(row.Keys, k => k is { Level: KeyLevel.Part, Key: "image.path", Outcome: KeyOutcome.Used });
    }

    private Sample Usable(string row) =>
        Read(row) is { Sample: { } sample } ? sample : throw new InvalidOperationException(Read(row).Unusable!.ToString());

    private Row Read(string row)
    {
        _folder.Write("d.jsonl", row.ReplaceLineEndings(" ") + "\n");
        using var data = DataSet.Open(_folder.Path);
        return Assert.Single(data.Read());
    }

    // Turns apart by |, images as their number in brackets.
    private static string Shown(Sample sample) =>
        string.Join(
            '|',
            sample.Messages.Select(m => string.Concat(m.Parts.Select(p => p.Kind == ContentKind.Image ? $"[{p.Index}]" : p.Text)))
        );
}
