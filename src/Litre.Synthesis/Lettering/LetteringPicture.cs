using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Lettering;

/// <summary>Composes lines of random lettering: one short text, a few lines, or texts strewn over a whole sheet.</summary>
internal static class LetteringPicture
{
    private const float LineHeight = 17;
    private const float Margin = 3;

    internal static readonly uint[] Papers = [0xFFFFFFFF, 0xFFF7F9FC, 0xFFFCFAF2];

    /// <summary>The picture, or null where these draws found no room for something.</summary>
    public static MadePicture? Compose(LetteringStyle style, SeededDraw draw)
    {
        var sheet = new Sheet(style.Width, style.Height, draw.Pick(Papers))
        {
            TextPen = 1.2f + draw.Between(0, 2) / 10f,
            TextInk = draw.Pick((uint[])[0xFF000000, 0xFF101010, 0xFF203050]),
        };
        var rows = (int)((style.Height - 2 * Margin) / LineHeight);
        var count = Math.Min(rows, draw.Between(style.LeastLines, style.MostLines));
        var texts = new List<string>();
        foreach (var row in draw.Several(Enumerable.Range(0, rows), count).Order())
        {
            var text = Line(sheet, draw);
            if (text is null)
                return null;
            var room = style.Width - 2 * Margin - sheet.Measure(text);
            sheet.Write(
                text,
                Margin + draw.Place(0, room),
                Margin + row * LineHeight + 13 + draw.Place(0, style.Height - 2 * Margin - rows * LineHeight)
            );
            texts.Add(text);
        }
        if (sheet.Clash() is not null)
            return null;
        return new MadePicture(sheet, [new Ask("transcribe", English, Chinese, string.Join('\n', texts))]);
    }

    private static readonly string[] English = ["Read the text.", "What does it say?", "Transcribe the text line by line."];

    private static readonly string[] Chinese = ["请读出文字。", "上面写的是什么？", "请逐行抄录文字。"];

    // A line that fits, of one text or, where there is room, of several with a blank between them.
    private static string? Line(Sheet sheet, SeededDraw draw)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var text = RandomText.Draw(draw);
            while (draw.Chance(25))
                text += " " + RandomText.Draw(draw);
            if (sheet.Measure(text) + 2 * Margin <= sheet.Width)
                return text;
        }
        return null;
    }
}
