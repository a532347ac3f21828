using System.Text.Json;
using Litre.Cli.Errors;
using Shared;
using SkiaSharp;

namespace Litre.Cli.Tests.Commands;

/// <summary>A sheet of four drawings: the model in assets/ reads each of them as a tile, and none of them on the shrunk sheet.</summary>
public sealed class BundledModelTilesTests : IDisposable
{
    private const string Question = "What is the number of this drawing?";
    private const int Width = 384,
        Height = 320;

    private readonly string _folder = Directory.CreateTempSubdirectory("litre-").FullName;

    private static string Model => Path.Combine(Repository.Root, "assets", "litre-nano");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ask_SheetInTiles_ReadsWhatShrinkingLoses()
    {
        var (sheet, numbers) = MakeSheet();
        var tiled = Ask(sheet, "--tile", $"{Width}x{Height}+0", "--tile-answers", "tile");
        Assert.Equal(numbers.Select((n, i) => $"Tile {i + 1} of 4: {n}"), tiled.Split('\n'));
        var shrunk = Ask(sheet, "--max-pixels", $"{Width * (Height + 32)}");
        Assert.All(numbers, n => Assert.DoesNotContain(n, shrunk));
    }

    private string Ask(string sheet, params string[] rest)
    {
        var litre = LitreProcess.Run([
            "ask",
            "--model",
            Model,
            "--image",
            sheet,
            "--max-new-tokens",
            "16",
            "--device",
            "cpu",
            "--json",
            .. rest,
            Question,
        ]);
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        return JsonDocument.Parse(litre.Output).RootElement.GetProperty("answer").GetString()!;
    }

    // Two by two drawings, and the number of each.
    private (string Sheet, List<string> Numbers) MakeSheet()
    {
        var data = Path.Combine(_folder, "data");
        Assert.Equal(
            ExitCode.Success,
            LitreProcess
                .Run(
                    "data",
                    "make",
                    "drawings",
                    "--style",
                    "iso",
                    "--seed",
                    "5",
                    "--train",
                    "0",
                    "--validation",
                    "0",
                    "--test",
                    "40",
                    "--questions",
                    "4",
                    "--output",
                    data
                )
                .ExitCode
        );
        var drawings = File.ReadLines(Path.Combine(data, "test.jsonl"))
            .Select(l => JsonDocument.Parse(l).RootElement)
            .Where(r => r.GetProperty("question_type").GetString() == "drawing_number")
            .Take(4)
            .Select(r =>
                (
                    Image: Path.Combine(data, r.GetProperty("images")[0].GetString()!),
                    Number: r.GetProperty("messages")[1].GetProperty("content")[0].GetProperty("text").GetString()!
                )
            )
            .ToList();
        using var bitmap = new SKBitmap(2 * Width, 2 * Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        {
            for (var i = 0; i < drawings.Count; i++)
            {
                using var drawing = SKBitmap.Decode(drawings[i].Image);
                Assert.Equal((Width, Height), (drawing.Width, drawing.Height));
                canvas.DrawBitmap(drawing, i % 2 * Width, i / 2 * Height, SKSamplingOptions.Default);
            }
        }
        var sheet = Path.Combine(_folder, "sheet.png");
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(sheet, png.ToArray());
        return (sheet, [.. drawings.Select(d => d.Number)]);
    }
}
