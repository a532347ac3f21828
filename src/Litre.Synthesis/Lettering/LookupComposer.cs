using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Lettering;

/// <summary>
/// Composes tables of random texts at random positions, and asks for the text next to, above or below another one: reading is one
/// skill, finding is another, and a model that has seen tables in only one corner finds nothing in the others.
/// </summary>
internal static class LookupComposer
{
    private const int Width = 384;
    private const int Height = 320;
    private const float RowHeight = 17;
    private const float Padding = 6;
    private const float Margin = 4;

    /// <summary>The image, or null if these draws leave no space for an element.</summary>
    public static ComposedImage? Compose(SeededRandom random)
    {
        var sheet = new Canvas(Width, Height, random.Pick(LetteringComposer.Papers))
        {
            TextInk = random.Pick((uint[])[0xFF000000, 0xFF101010, 0xFF203050]),
        };
        var texts = new HashSet<string>();
        var asks = new List<QuestionSpec>();
        var taken = new List<Area>();
        for (var table = random.Between(1, 2); table > 0; table--)
        {
            if (Table(sheet, random, texts, taken) is not { } cells)
                return null;
            asks.AddRange(Questions(cells));
        }
        return sheet.FindOverlap() is null ? new ComposedImage(sheet, asks) : null;
    }

    // Rows of texts, each of which appears once in the image; null if no position was found.
    private static string[][]? Table(Canvas canvas, SeededRandom random, HashSet<string> texts, List<Area> taken)
    {
        var (rows, columns) = (random.Between(2, 7), random.Between(2, 4));
        var cells = new string[rows][];
        for (var r = 0; r < rows; r++)
        {
            cells[r] = new string[columns];
            for (var c = 0; c < columns; c++)
            {
                do cells[r][c] = RandomText.Generate(random);
                while (cells[r][c].Length > 12 || !texts.Add(cells[r][c]));
            }
        }
        var stretch = random.Chance(40) ? random.Between(0, 30) : 0;
        var rowHeight = RowHeight + (random.Chance(40) ? random.Between(0, 12) : 0);
        var widths = Enumerable
            .Range(0, columns)
            .Select(c => MathF.Ceiling(cells.Max(r => canvas.Measure(r[c])) + 2 * Padding) + stretch)
            .ToArray();
        var (width, height) = (widths.Sum(), rows * rowHeight);
        if (width > Width - 2 * Margin || height > Height - 2 * Margin)
            return null;
        var left = MathF.Floor(random.Place(Margin, Width - Margin - width));
        var top = MathF.Floor(random.Place(Margin, Height - Margin - height));
        var area = new Area(left, top, left + width, top + height);
        if (taken.Any(t => t.Overlaps(area.Inflate(Margin))))
            return null;
        taken.Add(area);
        var (anchor, rules) = (random.Pick((float[])[0, 0, 0.5f, 1]), random.Between(0, 3));
        var x = left;
        for (var c = 0; c < columns; c++)
        {
            for (var r = 0; r < rows; r++)
                canvas.Write(
                    cells[r][c],
                    x + Padding + anchor * (widths[c] - 2 * Padding),
                    top + r * rowHeight + rowHeight / 2 + 5,
                    anchor
                );
            x += widths[c];
            if (rules >= 2 && c < columns - 1)
                canvas.Line(x, top, x, area.Bottom, 0.8f);
        }
        for (var r = 1; rules == 3 && r < rows; r++)
            canvas.Line(left, top + r * rowHeight, area.Right, top + r * rowHeight, 0.8f);
        if (rules > 0)
            canvas.Frame(area, 1);
        return cells;
    }

    private static IEnumerable<QuestionSpec> Questions(string[][] cells)
    {
        for (var r = 0; r < cells.Length; r++)
        {
            yield return new QuestionSpec(
                "row",
                [$"Read the row of {cells[r][0]}."],
                [$"请读出{cells[r][0]}所在的一行。"],
                string.Join(", ", cells[r])
            );
            for (var c = 0; c < cells[r].Length; c++)
            {
                var text = cells[r][c];
                if (c + 1 < cells[r].Length)
                    yield return new QuestionSpec("right", [$"What stands right of {text}?"], [$"{text}右边是什么？"], cells[r][c + 1]);
                if (c > 0)
                    yield return new QuestionSpec("left", [$"What stands left of {text}?"], [$"{text}左边是什么？"], cells[r][c - 1]);
                if (r + 1 < cells.Length)
                    yield return new QuestionSpec("below", [$"What stands below {text}?"], [$"{text}下面是什么？"], cells[r + 1][c]);
                if (r > 0)
                    yield return new QuestionSpec("above", [$"What stands above {text}?"], [$"{text}上面是什么？"], cells[r - 1][c]);
            }
        }
        yield return new QuestionSpec(
            "transcribe",
            ["Transcribe the table, one row a line."],
            ["请逐行抄录表格。"],
            string.Join('\n', cells.Select(r => string.Join(", ", r)))
        );
    }
}
