using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Lettering;

/// <summary>Composes lines of random text: one short text, a few lines, or texts scattered over a whole sheet.</summary>
internal static class LetteringComposer
{
    private const float LineHeight = 17;
    private const float Margin = 3;

    internal static readonly uint[] Papers = [0xFFFFFFFF, 0xFFF7F9FC, 0xFFFCFAF2];

    /// <summary>The image, or null if these draws leave no space for an element.</summary>
    public static ComposedImage? Compose(LetteringStyle style, SeededRandom random)
    {
        var sheet = new Canvas(style.Width, style.Height, random.Pick(Papers))
        {
            TextPen = 1.2f + random.Between(0, 2) / 10f,
            TextInk = random.Pick((uint[])[0xFF000000, 0xFF101010, 0xFF203050]),
        };
        var rows = (int)((style.Height - 2 * Margin) / LineHeight);
        var count = Math.Min(rows, random.Between(style.MinLines, style.MaxLines));
        var texts = new List<string>();
        foreach (var row in random.Several(Enumerable.Range(0, rows), count).Order())
        {
            var text = Line(sheet, random);
            if (text is null)
                return null;
            var room = style.Width - 2 * Margin - sheet.Measure(text);
            sheet.Write(
                text,
                Margin + random.Place(0, room),
                Margin + row * LineHeight + 13 + random.Place(0, style.Height - 2 * Margin - rows * LineHeight)
            );
            texts.Add(text);
        }
        if (sheet.FindOverlap() is not null)
            return null;
        return new ComposedImage(sheet, [new QuestionSpec("transcribe", English, Chinese, string.Join('\n', texts))]);
    }

    private static readonly string[] English = ["Read the text.", "What does it say?", "Transcribe the text line by line."];

    private static readonly string[] Chinese = ["请读出文字。", "上面写的是什么？", "请逐行抄录文字。"];

    // A line that fits, of one text or, if there is space, of several with a space between them.
    private static string? Line(Canvas canvas, SeededRandom random)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var text = RandomText.Generate(random);
            while (random.Chance(25))
                text += " " + RandomText.Generate(random);
            if (canvas.Measure(text) + 2 * Margin <= canvas.Width)
                return text;
        }
        return null;
    }
}
