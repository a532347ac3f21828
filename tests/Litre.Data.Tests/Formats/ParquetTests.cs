using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Tests.Imaging;
using Parquet.Serialization;
using Shared;
using SkiaSharp;

namespace Litre.Data.Tests.Formats;

public sealed class ParquetTests
{
    [Fact]
    public async Task Read_HubStyleRows_TakesEmbeddedImages()
    {
        using var folder = new TemporaryFolder();
        var picture = TestImages.Encode(20, 10, SKEncodedImageFormat.Png);
        HubRow[] rows =
        [
            new()
            {
                id = "a",
                question = "q",
                answer = "x",
                image = new HubImage { bytes = picture, path = "p.png" },
            },
            new()
            {
                id = "b",
                question = "r",
                answer = "y",
                image = null,
            },
        ];
        await ParquetSerializer.SerializeAsync(
            rows,
            folder.File("train-00000.parquet"),
            cancellationToken: TestContext.Current.CancellationToken
        );
        using var data = DataSet.Open(folder.Path);
        var samples = data.Read().Select(r => r.Sample ?? throw new InvalidOperationException(r.Unusable!.ToString())).ToList();
        Assert.Equal(["a", "b"], samples.Select(s => s.Id));
        Assert.Equal(picture, samples[0].Images[0].ReadBytes(ImageLimits.Default));
        Assert.Contains("p.png", samples[0].Images[0].Name);
        Assert.Empty(samples[1].Images);
        Assert.Equal("train", samples[0].Split);
    }

    [Fact]
    public async Task Read_ConversationsInColumns_AreRead()
    {
        using var folder = new TemporaryFolder();
        var picture = TestImages.Encode(20, 10, SKEncodedImageFormat.Png);
        ChatRow[] rows =
        [
            new()
            {
                images = [new HubImage { bytes = picture }, new HubImage { bytes = picture }],
                messages = [new Turn { role = "user", content = "<image> and <image>?" }, new Turn { role = "assistant", content = "two" }],
            },
        ];
        await ParquetSerializer.SerializeAsync(rows, folder.File("chat"), cancellationToken: TestContext.Current.CancellationToken);
        using var data = DataSet.Open(folder.Path, new DataSetOptions { EmbeddedMemoryBytes = picture.Length });
        var row = Assert.Single(data.Read());
        var sample = row.Sample ?? throw new InvalidOperationException(row.Unusable!.ToString());
        Assert.Equal("two", sample.Answer);
        Assert.Equal(2, sample.Images.Count);
        Assert.Null(sample.Images[0].Path);
        Assert.NotNull(sample.Images[1].Path); // beyond the memory limit: in a temporary file
        foreach (var image in sample.Images)
            Assert.Equal(picture, image.ReadBytes(ImageLimits.Default));
    }

    // The columns of MMMU's files.
    [Fact]
    public async Task Read_NumberedImageColumns_TakesThemInOrderWithTheChosenOption()
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (TestImages.Encode(20, 10, SKEncodedImageFormat.Png), TestImages.Encode(10, 20, SKEncodedImageFormat.Png));
        NumberedRow[] rows =
        [
            new()
            {
                id = "m",
                question = "<image 2> or <image 1>?",
                options = "[\"Ohm's law\", 'Joule']",
                answer = "A",
                question_type = "multiple-choice",
                image_1 = new HubImage { bytes = first },
                image_2 = new HubImage { bytes = second },
            },
        ];
        await ParquetSerializer.SerializeAsync(
            rows,
            folder.File("validation-00000.parquet"),
            cancellationToken: TestContext.Current.CancellationToken
        );
        using var data = DataSet.Open(folder.Path);
        var row = Assert.Single(data.Read());
        var sample = row.Sample ?? throw new InvalidOperationException(row.Unusable!.ToString());
        Assert.Equal((byte[][])[first, second], sample.Images.Select(i => i.ReadBytes(ImageLimits.Default)));
        // In the order of the question's places.
        Assert.Equal([1, 0], sample.Messages[0].Parts.Where(p => p.Kind == ContentKind.Image).Select(p => p.Index));
        Assert.Equal("A", sample.Answer);
        Assert.Equal(["Ohm's law", "Joule"], sample.Choices);
        Assert.Equal("validation", sample.Split);
    }

    [Fact]
    public async Task Read_DamagedFile_ListsIt()
    {
        using var folder = new TemporaryFolder();
        await ParquetSerializer.SerializeAsync(
            [
                new HubRow
                {
                    id = "a",
                    question = "q",
                    answer = "x",
                },
            ],
            folder.File("d.parquet"),
            cancellationToken: TestContext.Current.CancellationToken
        );
        var bytes = File.ReadAllBytes(folder.File("d.parquet"));
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var copy = bytes[..(i % 3 == 0 ? random.Next(4, bytes.Length) : bytes.Length)].ToArray();
            for (var k = 0; k < 4; k++)
                copy[random.Next(4, copy.Length)] = (byte)random.Next(256);
            folder.Write("d.parquet", copy);
            using var data = DataSet.Open(folder.Path);
            foreach (var row in data.Read())
                Assert.True(row.Sample != null ^ row.Unusable != null);
        }
    }

#pragma warning disable IDE1006 // the hub's own column names
    public sealed class HubImage
    {
        public byte[]? bytes { get; set; }
        public string? path { get; set; }
    }

    public sealed class HubRow
    {
        public string? id { get; set; }
        public string? question { get; set; }
        public string? answer { get; set; }
        public HubImage? image { get; set; }
    }

    public sealed class NumberedRow
    {
        public string? id { get; set; }
        public string? question { get; set; }
        public string? options { get; set; }
        public string? answer { get; set; }
        public string? question_type { get; set; }
        public HubImage? image_1 { get; set; }
        public HubImage? image_2 { get; set; }
        public HubImage? image_3 { get; set; }
    }

    public sealed class Turn
    {
        public string? role { get; set; }
        public string? content { get; set; }
    }

    public sealed class ChatRow
    {
        public List<HubImage>? images { get; set; }
        public List<Turn>? messages { get; set; }
    }
#pragma warning restore IDE1006
}
