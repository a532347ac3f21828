using Litre.Core;
using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Data.Tests.Imaging;
using Litre.Model.Families.Qwen3Vl;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Packing;

public sealed class TrainingDataTests
{
    private static readonly SampleEncoder Encoder = SampleEncoder.Load(
        Qwen3VlFormat.Instance,
        DataAssets.At("tiny"),
        maximumPixels: 128 * 128
    );

    [Fact]
    public void Load_MixedRows_KeepsOrderWhateverTheWorkers()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 5; i++)
            folder.Write($"{i}.png", TestImages.Encode(50 + i, 40, SKEncodedImageFormat.Png));
        folder.Write(
            "d.jsonl",
            string.Join(
                '\n',
                Enumerable
                    .Range(0, 300)
                    .Select(i => $"{{\"id\": {i}, \"image\": \"{i % 6}.png\", \"question\": \"q{i}\", \"answer\": \"a\"}}")
            )
        );
        using var one = Load(folder.Path, 1);
        using var many = Load(folder.Path, 8);
        Assert.Equal(50, one.Unusable.Count); // 5.png is not there
        Assert.Equal(250, one.Train.Count + one.Validation.Count);
        Assert.Equal(50, one.Validation.Count);
        Assert.Equal(Ids(one.Train), Ids(many.Train));
        Assert.Equal(Ids(one.Validation), Ids(many.Validation));
        Assert.Equal(Ids(one.Train).OrderBy(int.Parse), Ids(one.Train));
        Assert.Empty(one.Train.Select(s => s.Visuals[0].Image!.Path).Intersect(one.Validation.Select(s => s.Visuals[0].Image!.Path)));
    }

    [Fact]
    public void Load_NothingUsable_NamesTheFirstReason()
    {
        using var folder = new TemporaryFolder();
        folder.Write("d.jsonl", "{\"question\": \"q\", \"answer\": \"a\", \"image\": \"gone.png\"}");
        Assert.Contains("gone.png", Assert.Throws<InputException>(() => Load(folder.Path, 1)).Message);
    }

    [Fact]
    public void Load_TextRows_LearnAllOfTheTextAndItsEnd()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.png", TestImages.Encode(50, 40, SKEncodedImageFormat.Png));
        folder.Write(
            "d.jsonl",
            "{\"text\": \"tofu is made of beans\"}\n{\"text\": \"rice grows in water\"}\n{\"text\": \"<image>is a "
                + "puppy\", \"images\": [\"a.png\"]}\n"
        );
        Assert.Contains("`text-rows`", Assert.Throws<InputException>(() => Load(folder.Path, 1)).Message);
        using var data = TrainingData.Load(
            folder.Path,
            Encoder,
            new SplitOptions(0),
            new Litre.Data.Formats.DataSetOptions { TextRows = true },
            cancel: TestContext.Current.CancellationToken
        );
        var tokenizer = Encoder.Chat.Tokenizer;
        var end = tokenizer.IdOf("<|endoftext|>");
        var first = data.Train[0];
        Assert.Equal([.. tokenizer.Encode("tofu is made of beans"), end], first.InputIds);
        Assert.Equal([-100, .. first.InputIds[1..]], first.Labels);
        var shown = data.Train[2];
        Assert.Equal([.. tokenizer.Encode("is a puppy"), end], shown.Labels.Where(l => l >= 0));
        Assert.Single(shown.Visuals);
    }

    private static TrainingData Load(string path, int workers) =>
        TrainingData.Load(path, Encoder, new SplitOptions(0.2), workers: workers, cancel: TestContext.Current.CancellationToken);

    private static List<string> Ids(IEnumerable<TokenizedSample> samples) => [.. samples.Select(s => s.Sample.Id)];
}
