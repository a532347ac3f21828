using Litre.Core;
using Litre.Data.Check;
using Litre.Data.Formats;
using Litre.Data.Keys;
using Litre.Data.Packing;
using Litre.Data.Preview;
using Litre.Data.Samples;
using Litre.Data.Splits;
using Litre.Data.Tests.Imaging;
using Litre.Data.Tiles;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Families;

public sealed class TextOnlyFamilyTests : IDisposable
{
    private readonly TemporaryFolder _model = new();
    private readonly TemporaryFolder _data = new();

    public TextOnlyFamilyTests()
    {
        File.Copy(Path.Combine(DataAssets.At("tiny"), "tokenizer.json"), _model.File("tokenizer.json"));
        // Such a checkpoint has no processor, and the file in its place is not read.
        _model.Write("preprocessor_config.json", "not JSON");
        _data.Write("a.png", TestImages.Encode(40, 40, SKEncodedImageFormat.Png));
        _data.Write("f/0.png", TestImages.Encode(40, 40, SKEncodedImageFormat.Png));
        _data.Write(
            "d.jsonl",
            """
            {"id": "text", "question": "Where?", "answer": "here"}
            {"id": "image", "image": "a.png", "question": "What?", "answer": "tofu"}
            {"id": "two", "images": ["a.png", "a.png"], "question": "Which?", "answer": "both"}
            {"id": "video", "video": "f", "question": "When?", "answer": "later"}
            """
        );
    }

    public void Dispose()
    {
        _model.Dispose();
        _data.Dispose();
    }

    private SampleEncoder Encoder => SampleEncoder.Load(TextOnlyFormat.Instance, _model.Path);

    [Fact]
    public void Encode_TextRow_IsWrittenAsItsTemplateDoes()
    {
        var (encoder, sample) = (Encoder, Samples()[0]);
        Assert.Null(encoder.Processor);
        Assert.Contains("Plain's built-in format", encoder.Chat.Template.Notice);
        var tokenizer = encoder.Chat.Tokenizer;
        var encoded = encoder.Encode(sample);
        Assert.Equal("Q: Where?<|im_end|>A: here<|im_end|>", tokenizer.Decode(encoded.InputIds));
        Assert.Equal("Q: Where?<|im_end|>A: ", tokenizer.Decode(encoder.EncodePrompt(sample).InputIds));
        Assert.Equal(tokenizer.IdOf("<|im_end|>"), encoder.Chat.EndToken);
    }

    [Theory]
    [InlineData(1, "the conversation shows 1 image, but Plain models read text only")]
    [InlineData(2, "the conversation shows 2 images, but Plain models read text only")]
    [InlineData(3, "the conversation shows 1 video, but Plain models read text only")]
    public void Encode_RowWithImagesOrVideos_SaysWhyAndWhatToDo(int row, string reason)
    {
        var (encoder, sample) = (Encoder, Samples()[row]);
        var message = $"{reason}; use a vision-language model, or remove the images and videos";
        Assert.Equal(message, Assert.Throws<InputException>(() => encoder.Encode(sample)).Message);
        Assert.Equal(message, Assert.Throws<InputException>(() => encoder.EncodePrompt(sample)).Message);
    }

    [Fact]
    public void Check_RowsWithImages_AreListedBesideTheUsableOnes()
    {
        var result = DataChecker.Check(_data.Path, new DataCheckOptions { Encoder = Encoder }, TestContext.Current.CancellationToken);
        Assert.Equal(1, result.Samples);
        Assert.Equal([2, 3, 4], result.Unusable.Select(u => u.Origin.Line));
        Assert.All(result.Unusable, u => Assert.EndsWith("Plain models read text only", u.Reason));
        Assert.All(result.Unusable, u => Assert.Equal("use a vision-language model, or remove the images and videos", u.Remedy));
        Assert.All(result.Unusable, u => Assert.Equal(UnusableKind.Media, u.Kind));
        Assert.Equal(0, result.Tokens!.Visual);
        var image = Assert.Single(result.Keys, k => k.Key == "image");
        Assert.Equal((KeyOutcome.RowUnusable, 1), Assert.Single(image.Uses.Select(u => (u.Outcome, u.Rows))));
        var question = Assert.Single(result.Keys, k => k.Key == "question");
        Assert.Equal(
            [(KeyOutcome.RowUnusable, 3L), (KeyOutcome.Used, 1L)],
            question.Uses.Select(u => (u.Outcome, u.Rows)).OrderByDescending(u => u.Rows)
        );
    }

    [Fact]
    public void Preview_RowsWithImages_AreCountedAsUnusable()
    {
        var page = _model.File("page.html");
        DataPreview.Write(_data.Path, page, new PreviewOptions { Encoder = Encoder });
        var html = File.ReadAllText(page);
        Assert.Matches("<dt>samples</dt><dd>1</dd>", html);
        Assert.Matches("<dt>unusable rows</dt><dd>3</dd>", html);
        Assert.Contains("d.jsonl:2", html);
        Assert.Contains("Plain models read text only", html);
    }

    [Theory]
    [InlineData("{}", "model is missing")]
    [InlineData("[]", "model is missing")]
    [InlineData("""{"model": {"type": "BPE", "merges": []}}""", "model.vocab is missing")]
    [InlineData("""{"model": {"vocab": {}, "merges": []}}""", "pre_tokenizer is missing")]
    public void Load_FileThatIsNotATokenizer_NamesTheMissingKey(string json, string missing)
    {
        _model.Write("tokenizer.json", json);
        var refused = Assert.Throws<InputException>(() => SampleEncoder.Load(TextOnlyFormat.Instance, _model.Path));
        Assert.Contains($"tokenizer.json: not a tokenizer of the Hugging Face tokenizers library ({missing}); download", refused.Message);
    }

    [Fact]
    public void Load_RowsWithImages_AreLeftOutOfTraining()
    {
        using var data = TrainingData.Load(_data.Path, Encoder, new SplitOptions(0, 0), cancel: TestContext.Current.CancellationToken);
        Assert.Equal("text", Assert.Single(data.Train).Sample.Id);
        Assert.Equal(3, data.Unusable.Count);
        Assert.False(data.HasImages);
    }

    [Theory]
    [InlineData("min-pixels", 1024L, null, false)]
    [InlineData("max-pixels", null, 4096L, false)]
    [InlineData("tile", null, null, true)]
    public void Load_SettingsOfImages_AreRefusedByName(string setting, long? minimum, long? maximum, bool tiles)
    {
        var tiling = tiles ? Tiling.Parse("256") : null;
        var refused = Assert.Throws<InputException>(() =>
            SampleEncoder.Load(TextOnlyFormat.Instance, _model.Path, minimum, maximum, tiling: tiling)
        );
        Assert.Equal((setting, "Plain models read text only"), (refused.Setting, refused.Reason));
    }

    [Fact]
    public void Load_TokenizerOfAnotherFamily_IsRefusedByTheFamilysName()
    {
        var format = TextOnlyFormat.Instance with { Tokens = TextOnlyFormat.Instance.Tokens with { TurnEnd = "<|eot|>" } };
        var refused = Assert.Throws<InputException>(() => SampleEncoder.Load(format, _model.Path));
        Assert.Contains("lacks '<|eot|>', which Plain's chat text needs; use the tokenizer.json of a Plain checkpoint", refused.Message);
    }

    private List<Sample> Samples()
    {
        using var data = DataSet.Open(_data.Path);
        return [.. data.Read().Select(r => r.Sample!)];
    }
}
