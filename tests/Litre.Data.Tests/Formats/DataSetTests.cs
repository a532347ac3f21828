using System.Text;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Samples;
using Litre.Data.Tests.Imaging;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Formats;

public sealed class DataSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DataSetTests()
    {
        _folder.Write("images/a.png", TestImages.Encode(40, 30, SKEncodedImageFormat.Png));
        _folder.Write("images/b.png", TestImages.Encode(30, 40, SKEncodedImageFormat.Png));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_QwenLlava_FindsImagesBelowAnotherRoot()
    {
        var sample = One(
            """[{"image": "demo/images/a.png", "conversations": [{"from": "human", "value": "Is it?\n<image>"}, """
                + """{"from": "gpt", "value": "Yes"}]}]"""
        );
        Assert.Equal([ContentPart.OfText("Is it?"), ContentPart.OfImage(0)], sample.Messages[0].Parts);
        Assert.Equal(_folder.File("images/a.png"), sample.Images[0].Path);
        Assert.Equal("Yes", sample.Answer);
        Assert.Equal(["Yes"], sample.References);
    }

    [Fact]
    public void Read_ShareGptWithSystemAndSeveralImages_KeepsPlaces()
    {
        var sample = One(
            """[{"conversations": [{"from": "human", "value": "<image>First, <image>second?"}, {"from": "gpt", "value": "ok"}, """
                + """{"from": "human", "value": "more"}, {"from": "gpt", "value": "done"}], "images": ["a.png", "b.png"],"""
                + """ "system": "Be kind."}]"""
        );
        Assert.Equal([Role.System, Role.User, Role.Assistant, Role.User, Role.Assistant], sample.Messages.Select(m => m.Role));
        Assert.Equal(
            [ContentPart.OfImage(0), ContentPart.OfText("First,"), ContentPart.OfImage(1), ContentPart.OfText("second?")],
            sample.Messages[1].Parts
        );
    }

    [Fact]
    public void Read_SwiftLines_PrependsImagesWithoutPlacesAndHeedsLoss()
    {
        var rows = Rows(
            "train.jsonl",
            """{"messages": [{"role": "user", "content": "What?"}, {"role": "assistant", "content": "x", "loss": false}, """
                + """{"role": "user", "content": "And?"}, {"role": "assistant", "content": "y"}],"""
                + """ "images": [{"bytes": null, "path": "a.png"}]}"""
        );
        var sample = Assert.Single(rows).Sample!;
        Assert.Equal(ContentKind.Image, sample.Messages[0].Parts[0].Kind);
        Assert.False(sample.Messages[1].CarriesLoss);
        Assert.Equal("train", sample.Split);
    }

    [Fact]
    public void Read_TypedAndOpenAiContent_TakesFilesAndDataUrls()
    {
        var url = "data:image/png;base64," + Convert.ToBase64String(TestImages.Encode(8, 8, SKEncodedImageFormat.Png));
        var sample = One(
            $$"""
            [{"messages": [{"role": "user", "content": [{"type": "image", "image": "a.png"}, {"type": "text", "text": "and"},
                {"type": "image_url", "image_url": {"url": "{{url}}"} }]},
              {"role": "assistant", "content": [{"type": "text", "text": "two"}]}]}]
            """
        );
        Assert.Equal([ContentKind.Image, ContentKind.Text, ContentKind.Image], sample.Messages[0].Parts.Select(p => p.Kind));
        Assert.Equal((8, 8), Litre.Data.Imaging.ImageDecoder.ReadSize(sample.Images[1], Litre.Data.Imaging.ImageLimits.Default));
    }

    [Fact]
    public void Read_TypedPlacesWithRowImages_AreMatchedInOrder()
    {
        var sample = One(
            """[{"images": ["a.png"], "messages": [{"role": "user","""
                + """ "content": [{"type": "image"}, {"type": "text", "text": "q"}]}, {"role": "assistant", "content": "a"}]}]"""
        );
        Assert.Equal(_folder.File("images/a.png"), sample.Images[sample.Messages[0].Parts[0].Index].Path);
    }

    [Theory]
    [InlineData("data.csv", "id,image,question,answer\r\n7,a.png,\"What, \"\"this\"\"?\nnow\",tofu\r\n", 0)]
    [InlineData("data.tsv", "id\timage\tquestion\tanswer\n7\ta.png\tWhat, \"this\"?\ttofu\n", 0)]
    [InlineData("data.txt", "id,image,question,answer\n7,a.png,q,tofu\n", 0)]
    [InlineData("utf16.csv", "id,image,question,answer\n7,a.png,q,豆腐\n", 1)]
    [InlineData("bom.csv", "id,image,question,answer\n7,a.png,q,豆腐\n", 2)]
    [InlineData("utf16.jsonl", "{\"id\": 7, \"image\": \"a.png\", \"question\": \"q\", \"answer\": \"豆腐\"}\r\n", 1)]
    [InlineData("noext", "{\"id\": 7, \"image\": \"a.png\", \"question\": \"q\", \"answer\": \"豆腐\"}", 2)]
    public void Read_QuestionsInTables_AreRead(string name, string text, int encoding)
    {
        Encoding codec = encoding switch
        {
            1 => Encoding.Unicode,
            2 => new UTF8Encoding(true),
            _ => new UTF8Encoding(false),
        };
        _folder.Write(name, [.. codec.Preamble, .. codec.GetBytes(text)]);
        var sample = Assert.Single(Read()).Sample!;
        Assert.Equal("7", sample.Id);
        Assert.Single(sample.Images);
        Assert.Contains(sample.Answer, (string[])["tofu", "豆腐"]);
    }

    [Fact]
    public void Read_CsvWithQuotedBreaks_CountsLinesAndKeepsText()
    {
        var rows = Rows("d.csv", "question,answer\n\"a\nb\",1\nc,2,3\nd,4\n");
        Assert.Equal("a\nb", rows[0].Sample!.Messages[0].Text);
        Assert.Equal(2, rows[0].Sample!.Origin.Line);
        Assert.Equal(4, rows[1].Unusable!.Origin.Line);
        Assert.Contains("3 fields, expected 2", rows[1].Unusable!.Reason);
        Assert.Equal(5, rows[2].Sample!.Origin.Line);
    }

    [Fact]
    public void Read_Choices_GivesLetterAndTextAsReferences()
    {
        foreach (var answer in (string[])["\"1\"", "\"B\"", "\"(b)\"", "\"rice\"", "1"])
        {
            var sample = One($$"""[{"question": "Which?", "choices": ["tofu", "rice"], "answer": {{answer}}, "image": "a.png"}]""");
            Assert.Equal(["B", "rice"], sample.References);
            Assert.EndsWith("Which?\nA. tofu\nB. rice\nAnswer with the option's letter.", sample.Messages[0].Text);
        }
    }

    [Fact]
    public void Read_FoodieQa_AllThreeFilesAndItsLicence()
    {
        _folder.Write(
            "sivqa_tidy.json",
            """[{"question": "图片中的菜是什么？", "choices": ["豆腐", "米饭", "面", "汤"], "answer": "0", "question_type": "cuisine_type","""
                + """ "food_name": "豆腐", "question_id": "q1", "food_meta": {"main_ingredient": ["豆"], "food_file": "a.png"},"""
                + """ "question_en": "", "choices_en": []}]"""
        );
        _folder.Write(
            "mivqa_tidy.json",
            """[{"question": "哪一道菜是川菜？", "choices": "", "answer": "1", "question_type": "ingredients", "question_id": "q2","""
                + """ "ann_group": "g", "images": ["a.png", "b.png"], "question_en": ""}]"""
        );
        _folder.Write(
            "textqa_tidy.json",
            """[{"question": "豆腐是哪里的？", "choices": ["川", "粤"], "answer": "1", "question_type": "region", "food_name": "x","""
                + """ "cuisine_type": "y", "question_id": "q3"}]"""
        );
        using var data = DataSet.Open(_folder.Path);
        var samples = data.Read().Select(r => r.Sample!).ToDictionary(s => s.Id);
        Assert.Equal(["q1", "q2", "q3"], samples.Keys.Order());
        Assert.Equal(["A", "豆腐"], samples["q1"].References);
        Assert.Single(samples["q1"].Images);
        Assert.Equal(["B", "图B"], samples["q2"].References);
        Assert.Equal(2, samples["q2"].Messages[0].Parts.Count(p => p.Kind == ContentKind.Image));
        Assert.StartsWith("A: \nB: \n哪一道菜", samples["q2"].Messages[0].Text);
        Assert.Equal(["B", "粤"], samples["q3"].References);
        Assert.Equal("region", samples["q3"].QuestionType);
        Assert.Contains("evaluation only", Assert.Single(data.Notices));
    }

    [Fact]
    public void Read_FramesFolder_BecomesAVideoInNaturalOrder()
    {
        foreach (var i in (int[])[10, 9, 1])
            _folder.Write($"clip/frame_{i}.png", TestImages.Encode(32, 32, SKEncodedImageFormat.Png));
        var sample = One(
            """[{"video": "clip", "fps": 4, "messages": [{"role": "user", "content": "<video>what?"}, """
                + """{"role": "assistant", "content": "a"}]}]"""
        );
        Assert.Equal(["frame_1.png", "frame_9.png", "frame_10.png"], sample.Videos[0].Frames.Select(f => Path.GetFileName(f.Path)));
        Assert.Equal(4, sample.Videos[0].Settings.FramesPerSecond);
    }

    [Theory]
    [InlineData(
        """{"messages": [{"role": "user", "content": "<image><image>q"}, {"role": "assistant", "content": "a"}], "images": ["a.png"]}""",
        "2 <image> placeholders, but 1 image is given"
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "<image>q"}, {"role": "assistant", "content": "a"}]}""",
        "1 <image> placeholder, but 0 images are given"
    )]
    [InlineData("""{"messages": [{"role": "user", "content": "q"}]}""", "last turn is from the user")]
    [InlineData("""{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": " "}]}""", "an answer is empty")]
    [InlineData("""{"messages": [{"role": "wizard", "content": "q"}]}""", "the role 'wizard', expected user, assistant")]
    [InlineData(
        """{"messages": [{"role": "user", "content": 3.5}, {"role": "assistant", "content": {"type": "smell"}}]}""",
        "type 'smell'"
    )]
    [InlineData("""{"messages": "hello"}""", "the conversation is not a list")]
    [InlineData("""{"foo": 1, "bar": 2}""", "the keys are foo, bar; expected messages")]
    [InlineData("""{"question": "q", "answer": "a", "image": "https://x.y/z.png"}""", "on the network")]
    [InlineData("""{"question": "q", "answer": "a", "image": "../../etc/passwd"}""", "is outside the data folder")]
    [InlineData("""{"question": "q", "answer": "a", "image": "images/../../../../etc/passwd"}""", "is outside the data folder")]
    [InlineData("""{"question": "q", "answer": "a", "image": "nope.png"}""", "no file 'nope.png'")]
    [InlineData("""{"question": "q", "answer": "a", "image": "data:image/png;base64,@@"}""", "not base64")]
    [InlineData("""{"question": "q", "answer": "7", "choices": ["a", "b"]}""", "'7' is not one of the 2 choices")]
    [InlineData("""{"question": "q", "answer": "a", "tools": ["zoom"]}""", "not a list of functions")]
    [InlineData("""{"question": "q", "answer": """, "not valid JSON")]
    [InlineData("""{"question": "q", "question": "r", "answer": "a"}""", "the key 'question' twice")]
    [InlineData("""[1, 2]""", "the row is not an object")]
    public void Read_UnusableRow_IsListedWithLineAndReason(string row, string reason)
    {
        var rows = Rows("d.jsonl", "{\"question\": \"q\", \"answer\": \"a\"}\n\n" + row + "\n{\"question\": \"q2\", \"answer\": \"a\"}\n");
        Assert.Equal(3, rows.Count);
        Assert.Equal(3, rows[1].Unusable!.Origin.Line);
        Assert.Contains(reason, rows[1].Unusable!.Reason);
        Assert.NotEmpty(rows[1].Unusable!.Remedy);
        Assert.NotNull(rows[2].Sample);
    }

    [Fact]
    public void Read_AbsolutePath_IsTheUsersOwnWord()
    {
        using var elsewhere = new TemporaryFolder();
        var path = elsewhere.Write("p.png", TestImages.Encode(8, 8, SKEncodedImageFormat.Png));
        Assert.Equal(path, One($$"""[{"question": "q", "answer": "a", "image": "{{path}}"}]""").Images[0].Path);
    }

    [Fact]
    public void Read_JsonArrayCutShort_KeepsRowsBeforeTheCut()
    {
        var rows = Rows("d.json", "[\n {\"question\": \"q\", \"answer\": \"a\"},\n {\"question\": \"q2\", \"ans");
        Assert.NotNull(rows[0].Sample);
        Assert.Equal((3, "the file ends inside a row"), (rows[1].Unusable!.Origin.Line, rows[1].Unusable!.Reason));
    }

    [Fact]
    public void Read_PrettyPrintedObjects_AreReadOneByOne()
    {
        var rows = Rows(
            "d.json",
            "{\n  \"question\": \"q}\\\"{\",\n  \"answer\": \"a\"\n}\n{\n  \"question\": \"r\",\n  \"answer\": \"b\"\n}\n"
        );
        Assert.Equal(["q}\"{", "r"], rows.Select(r => r.Sample!.Messages[0].Text));
        Assert.Equal([1, 5], rows.Select(r => r.Sample!.Origin.Line));
    }

    [Fact]
    public void Read_LargeLines_NeverHoldsTheWholeFile()
    {
        using (var writer = new StreamWriter(_folder.File("big.jsonl")))
        {
            var filler = new string('x', 4000);
            for (var i = 0; i < 20_000; i++)
                writer.Write($"{{\"question\": \"{filler}\", \"answer\": \"{i}\"}}\n");
        }
        // Other tests allocate meanwhile; what reading itself holds is there every time.
        var held = long.MaxValue;
        for (var attempt = 0; attempt < 4 && held >= 8 << 20; attempt++)
            held = Math.Min(held, Held());
        Assert.True(held < 8 << 20, $"{held >> 20} MiB held of 80");

        long Held()
        {
            var before = GC.GetTotalMemory(true);
            var (count, highest) = (0, 0L);
            using var data = DataSet.Open(_folder.Path);
            foreach (var row in data.Read())
            {
                Assert.Equal(count.ToString(), row.Sample!.Answer);
                if (++count % 5000 == 0)
                    highest = Math.Max(highest, GC.GetTotalMemory(true));
            }
            Assert.Equal(20_000, count);
            return highest - before;
        }
    }

    [Fact]
    public void Read_RowLongerThanTheLimit_IsListedAndTheNextIsRead()
    {
        _folder.Write(
            "d.jsonl",
            $"{{\"question\": \"{new string('x', 200_000)}\", \"answer\": \"a\"}}\n{{\"question\": \"q\", \"answer\": \"a\"}}\n"
        );
        var rows = Read(new DataSetOptions { MaximumRowBytes = 1 << 16 });
        Assert.Contains("longer than 65536 bytes", rows[0].Unusable!.Reason);
        Assert.Equal(2, rows[1].Sample!.Origin.Line);
    }

    [Fact]
    public void Open_NothingThere_SaysWhatIsExpected()
    {
        Assert.Contains("no such file or folder", Assert.Throws<InputException>(() => DataSet.Open(_folder.File("nowhere"))).Message);
        Assert.Contains("expected JSON", Assert.Throws<InputException>(() => DataSet.Open(_folder.Path)).Message);
        _folder.Write("broken.json", "");
        Assert.Contains("an empty file", Assert.Throws<InputException>(() => DataSet.Open(_folder.Path)).Message);
    }

    [Fact]
    public void Read_UnrecognizedDataFile_IsListedBesideTheGood()
    {
        _folder.Write("a.json", "");
        _folder.Write("README.md", "# hello");
        var rows = Rows("b.jsonl", "{\"question\": \"q\", \"answer\": \"a\"}\n");
        Assert.Contains("empty file", rows[0].Unusable!.Reason);
        Assert.NotNull(rows[1].Sample);
        Assert.Equal(2, rows.Count);
    }

    [Theory]
    [InlineData(
        "{\n \"dataset_name\": \"DocVQA\", \"version\": 1.0,\n \"data\": [\n{\"questionId\": 337, \"question\": "
            + "\"q\", \"answers\": [\"a\", \"b\"], \"image\": \"documents/a.png\", \"data_split\": \"val\"},\n5]}\n"
    )]
    [InlineData(
        "{\n\n\n\"data\":[{\"questionId\": \"337\", \"question\": \"q\", \"answers\": [\"a\", \"b\"], \"image\": "
            + "\"a.png\", \"split\": \"dev\"},\n5], \"more\": 1}"
    )]
    public void Read_RowsInsideAnObject_AreReadWithTheirLines(string text)
    {
        var rows = Rows("d.json", text);
        var sample = rows[0].Sample!;
        Assert.Equal(("337", 4L, "validation"), (sample.Id, sample.Origin.Line, sample.Split));
        Assert.Equal(["a", "b"], sample.References);
        Assert.Equal((5L, "the row is not an object"), (rows[1].Unusable!.Origin.Line, rows[1].Unusable!.Reason));
        Assert.Equal(2, rows.Count);
    }

    [Theory]
    [InlineData("1.50")]
    [InlineData("38")]
    [InlineData("0.1")]
    [InlineData("12345678901234567890")]
    [InlineData("-3E5")]
    public void Read_NumberAsAnswer_StaysAsWritten(string number) =>
        Assert.Equal(number, One($$"""[{"question": "q", "answer": {{number}}}]""").Answer);

    [Fact]
    public void Read_DescriptionOfOtherFiles_IsFollowedAndNoRow()
    {
        _folder.Write("dataset_info.json", "{\n  \"mine\": {\n    \"file_name\": \"d.jsonl\",\n    \"formatting\": \"sharegpt\"\n  }\n}\n");
        _folder.Write("d.jsonl", "{\"question\": \"q\", \"answer\": \"a\"}\n");
        using var data = DataSet.Open(_folder.Path);
        Assert.NotNull(Assert.Single(data.Read()).Sample);
        Assert.Equal("dataset_info.json: 1 file is read as it describes (d.jsonl)", Assert.Single(data.Notices));
    }

    private Sample One(string json) =>
        Assert.Single(Rows("data.json", json)).Sample is { } sample
            ? sample
            : throw new InvalidOperationException(Read()[0].Unusable!.ToString());

    private List<Row> Rows(string name, string text)
    {
        _folder.Write(name, text);
        return Read();
    }

    private List<Row> Read(DataSetOptions? options = null)
    {
        using var data = DataSet.Open(_folder.Path, options);
        return [.. data.Read()];
    }
}
