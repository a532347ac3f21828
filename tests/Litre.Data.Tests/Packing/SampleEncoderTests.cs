using Litre.Core;
using Litre.Data.Formats;
using Litre.Data.Packing;
using Litre.Data.Tests.Chat;
using Litre.Data.Tests.Imaging;
using Litre.Model.Families.Qwen3Vl;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Packing;

public sealed class SampleEncoderTests
{
    private static readonly SampleEncoder Encoder = SampleEncoder.Load(
        Qwen3VlFormat.Instance,
        DataAssets.At("tiny"),
        maximumPixels: 128 * 128
    );

    [Fact]
    public void Encode_ImagesAndVideo_PadsMatchPixels()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.png", TestImages.Encode(300, 200, SKEncodedImageFormat.Png));
        for (var i = 0; i < 5; i++)
            folder.Write($"clip/{i}.png", TestImages.Encode(96, 64, SKEncodedImageFormat.Png));
        folder.Write(
            "d.jsonl",
            """{"images": ["a.png"], "videos": ["clip"], "messages": [{"role": "user", "content": "<video>and<image>?"}, """
                + """{"role": "assistant", "content": "ok"}]}"""
        );
        using var data = DataSet.Open(folder.Path);
        var sample = data.Read().Single().Sample!;
        var tokens = Encoder.Encode(sample);
        Assert.Equal([true, false], tokens.Visuals.Select(v => v.IsVideo));
        Assert.Equal(3, tokens.Visuals[0].Grid.Frames);
        Assert.Equal(tokens.Visuals.Sum(v => v.Grid.Tokens(2)), tokens.VisualTokens);
        Assert.Equal(tokens.VisualTokens * 4, tokens.Patches);
        foreach (var visual in tokens.Visuals)
        {
            // Whatever the buffer held before, all of it is written.
            byte[] zeros = new byte[visual.Grid.Patches * 1536],
                ones = [.. zeros.Select(_ => (byte)255)];
            Encoder.LoadPixels([visual], zeros);
            Encoder.LoadPixels([visual], ones);
            Assert.Equal(zeros, ones);
        }
        Assert.Contains("<0.2 seconds>", TinyTokenizer.Instance.Decode(tokens.InputIds));
        Assert.Contains("<1.2 seconds>", TinyTokenizer.Instance.Decode(tokens.InputIds));
        Assert.Contains("<2.0 seconds>", TinyTokenizer.Instance.Decode(tokens.InputIds));
        var prompt = Encoder.EncodePrompt(sample);
        Assert.Equal(tokens.InputIds[..prompt.Length], prompt.InputIds);
    }

    [Fact]
    public void LoadPixels_ImageChangedSince_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.png", TestImages.Encode(300, 200, SKEncodedImageFormat.Png));
        folder.Write("d.jsonl", """{"question": "q", "answer": "a", "image": "a.png"}""");
        using var data = DataSet.Open(folder.Path);
        var tokens = Encoder.Encode(data.Read().Single().Sample!);
        File.WriteAllBytes(path, TestImages.Encode(200, 300, SKEncodedImageFormat.Png));
        Assert.Contains(
            "has changed since",
            Assert.Throws<InputException>(() => Encoder.LoadPixels(tokens.Visuals, new byte[tokens.Patches * 1536])).Message
        );
    }

    [Fact]
    public void Options_LimitsThatContradict_AreRefused() =>
        Assert.Throws<InputException>(() => Qwen3VlFormat.Instance.Images!.Options.WithLimits(100_000, 50_000));

    [Fact]
    public void Encode_LongerThanTheModelsPositions_IsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(DataAssets.At("tiny")))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        folder.Write("config.json", """{"text_config": {"max_position_embeddings": 40}}""");
        var encoder = SampleEncoder.Load(Qwen3VlFormat.Instance, folder.Path);
        folder.Write(
            "data/d.jsonl",
            $$"""
            {"question": "q", "answer": "a"}
            {"question": "{{string.Concat(Enumerable.Repeat("1 ", 60))}}", "answer": "a"}
            {"question": "q", "answer": "{{string.Concat(Enumerable.Repeat("1 ", 60))}}"}
            """
        );
        using var data = TrainingData.Load(folder.File("data"), encoder, cancel: TestContext.Current.CancellationToken);
        Assert.Single(data.Train);
        Assert.Equal(2, data.Unusable.Count);
        Assert.All(data.Unusable, u => Assert.Contains("the model has 40 positions", u.Reason));
        using var rows = DataSet.Open(folder.File("data"));
        var samples = rows.Read().Select(r => r.Sample!).ToList();
        Assert.Contains("question is too long", Assert.Throws<InputException>(() => encoder.EncodePrompt(samples[1])).Message);
        Assert.NotEmpty(encoder.EncodePrompt(samples[2]).InputIds);
    }
}
