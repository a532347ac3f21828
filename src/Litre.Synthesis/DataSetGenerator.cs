using System.Globalization;
using System.Security.Cryptography;
using Litre.Core;
using Litre.Core.Files;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis;

/// <summary>
/// Generates data sets: images with random content, and questions whose answers are known exactly. The
/// same options give the same bytes, regardless of the number of processors.
/// </summary>
public static class DataSetGenerator
{
    // Images drawn before any of them is written: bounds memory, and keeps all processors busy.
    private const int ImagesPerChunk = 256;

    /// <summary>All styles of a kind of image, including the company's own.</summary>
    public static IReadOnlyList<string> Styles(SyntheticImageKind kind) => ImageComposer.Names(kind);

    /// <summary>Generates a data set; its folder appears complete or not at all.</summary>
    /// <exception cref="InputException">An option is out of range, or the folder is in use or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was canceled; no files remain.</exception>
    public static SynthesisResult Generate(SynthesisOptions options, CancellationToken cancel = default)
    {
        Check(options);
        var source = new ImageComposer(options.Kind, options.Style, options.Seed);
        return AtomicFolder.Write(
            options.Output,
            folder =>
            {
                Directory.CreateDirectory(Path.Combine(folder, "images"));
                var rows = Write(options, source, folder, cancel);
                return new SynthesisResult(options.Images, rows[0], rows[1], rows[2], source.Styles);
            }
        );
    }

    private static int[] Write(SynthesisOptions options, ImageComposer source, string folder, CancellationToken cancel)
    {
        (string Name, int Images, int Turns)[] sides =
        [
            ("train", options.Train, options.Turns),
            ("validation", options.Validation, 1),
            ("test", options.Test, 1),
        ];
        var rows = new int[sides.Length];
        var seen = new HashSet<UInt128>();
        var first = 0;
        for (var side = 0; side < sides.Length; side++)
        {
            var (name, images, turns) = sides[side];
            if (images == 0)
                continue; // a file without rows is an error to every reader
            using var file = new FileStream(
                Path.Combine(folder, name + ".jsonl"),
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                1 << 16
            );
            for (var done = 0; done < images; done += ImagesPerChunk)
            {
                var count = Math.Min(ImagesPerChunk, images - done);
                foreach (var row in Chunk(options, source, folder, first + done, count, turns, seen, cancel))
                {
                    file.Write(row);
                    rows[side]++;
                }
                options.Progress?.Invoke(first + done + count);
            }
            file.Flush(flushToDisk: true);
            first += images;
        }
        return rows;
    }

    private static IEnumerable<byte[]> Chunk(
        SynthesisOptions options,
        ImageComposer source,
        string folder,
        int first,
        int count,
        int turns,
        HashSet<UInt128> seen,
        CancellationToken cancel
    )
    {
        var made = new GeneratedImage[count];
        Parallel.For(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancel },
            () => new CanvasRendererPool(),
            (i, _, renderers) =>
            {
                made[i] = RenderImage(options, source, first + i, 0, turns, renderers);
                return renderers;
            },
            renderers => renderers.Dispose()
        );
        for (var i = 0; i < count; i++)
        {
            // The same image could appear in two splits; by chance that happens only with small charts.
            for (var round = 1; !seen.Add(Hash(made[i].Png)); round++)
            {
                using var renderers = new CanvasRendererPool();
                made[i] = RenderImage(options, source, first + i, round, turns, renderers);
            }
            File.WriteAllBytes(Path.Combine(folder, ImageName(first + i)), made[i].Png);
        }
        return made.SelectMany(m => m.Rows);
    }

    private static GeneratedImage RenderImage(
        SynthesisOptions options,
        ImageComposer source,
        int index,
        int round,
        int turns,
        CanvasRendererPool renderers
    )
    {
        var image = source.Compose(index, round);
        // The wording is drawn separately from images: the images are the same for questions in every language.
        var draw = SeededRandom.For(options.Seed, "questions", index, round);
        var asked = QuestionPicker.Pick(image.Questions, options.Questions * turns, options.Language, draw);
        var rows = asked
            .Chunk(turns)
            .Select(
                (row, r) =>
                    RowWriter.Write(
                        string.Create(CultureInfo.InvariantCulture, $"{source.StyleOf(index)}-{index:000000}-{r + 1}"),
                        ImageName(index),
                        source.StyleOf(index),
                        // A transcription answers the questions after it: in a conversation it comes last.
                        [.. row.OrderBy(a => a.Type == "transcribe")]
                    )
            )
            .ToList();
        return new GeneratedImage(renderers.Of(image.Canvas).Render(image.Canvas), rows);
    }

    private static void Check(SynthesisOptions options)
    {
        foreach (
            var (name, value, low, high) in ((string, int, int, int)[])
                [
                    ("train", options.Train, 0, 10_000_000),
                    ("validation", options.Validation, 0, 10_000_000),
                    ("test", options.Test, 0, 10_000_000),
                    ("questions", options.Questions, 1, 100),
                    ("turns", options.Turns, 1, 100),
                ]
        )
        {
            if (value < low || value > high)
                throw new InputException(name, value, $"expected a number from {low} to {high}", null);
        }
        if (options.Images == 0)
            throw new InputException("`train`, `validation` and `test` are all 0; request at least one image");
    }

    private static string ImageName(int index) => string.Create(CultureInfo.InvariantCulture, $"images/{index:000000}.png");

    private static UInt128 Hash(byte[] png)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(png, hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private readonly record struct GeneratedImage(byte[] Png, List<byte[]> Rows);
}

/// <summary>The generated data set.</summary>
/// <param name="Images">Images in all splits.</param>
/// <param name="TrainRows">Rows of <c>train.jsonl</c>.</param>
/// <param name="ValidationRows">Rows of <c>validation.jsonl</c>.</param>
/// <param name="TestRows">Rows of <c>test.jsonl</c>.</param>
/// <param name="Styles">The styles of the images.</param>
public sealed record SynthesisResult(int Images, int TrainRows, int ValidationRows, int TestRows, IReadOnlyList<string> Styles);
