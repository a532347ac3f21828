using System.Globalization;
using Litre.Data.Synthesis.Drawings;

namespace Litre.Data.Synthesis.Lettering;

/// <summary>Composes lines of random lettering: one short text, a few lines, or texts strewn over a whole sheet.</summary>
internal static class LetteringPicture
{
    private const float LineHeight = 17;
    private const float Margin = 3;

    private static readonly uint[] Papers = [0xFFFFFFFF, 0xFFF7F9FC, 0xFFFCFAF2];

    // Full ASCII without the quotation marks and backslashes that answers in JSON would escape.
    private const string Anything = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;-+=()/%#&<>!?φ±°×µ";

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
            if (text is null) return null;
            var room = style.Width - 2 * Margin - sheet.Measure(text);
            sheet.Write(text, Margin + draw.Place(0, room), Margin + row * LineHeight + 13 + draw.Place(0, style.Height - 2 * Margin - rows * LineHeight));
            texts.Add(text);
        }
        if (sheet.Clash() is not null) return null;
        return new MadePicture(sheet, [new Ask("transcribe", English, Chinese, string.Join('\n', texts))]);
    }

    private static readonly string[] English = ["Read the text.", "What does it say?", "Transcribe the text line by line."];

    private static readonly string[] Chinese = ["请读出文字。", "上面写的是什么？", "请逐行抄录文字。"];

    // A line that fits, of one text or, where there is room, of several with a blank between them.
    private static string? Line(Sheet sheet, SeededDraw draw)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var text = Text(draw);
            while (draw.Chance(25)) text += " " + Text(draw);
            if (sheet.Measure(text) + 2 * Margin <= sheet.Width) return text;
        }
        return null;
    }

    private static string Text(SeededDraw draw)
    {
        string Digits(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => draw.Between(0, 9)));
        string Letters(string from, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => draw.Pick(from.ToCharArray())));
        string Size() => draw.Between(2, 399).ToString(CultureInfo.InvariantCulture) + (draw.Chance(40) ? "." + Digits(1) : "");
        return draw.Between(0, 10) switch
        {
            0 => $"{Letters(DrawingContent.CodeLetters, 2)}-{Digits(4)}",
            1 => $"{(draw.Chance(50) ? "φ" : "")}{Size()}{(draw.Chance(50) ? $"±0.{Digits(draw.Between(1, 2))}" : "")}",
            2 => draw.Pick(DrawingContent.Materials),
            3 => draw.Between(1, 99).ToString(CultureInfo.InvariantCulture),
            4 => $"{draw.Pick(DrawingContent.FirstWords)} {draw.Pick(DrawingContent.SecondWords)}",
            5 => $"{Digits(2)}-{Digits(4)}",
            6 => new DateOnly(draw.Between(1998, 2026), draw.Between(1, 12), draw.Between(1, 28))
                .ToString(draw.Pick((string[])["yyyy-MM-dd", "dd.MM.yyyy", "d MMM yyyy"]), CultureInfo.InvariantCulture),
            7 => draw.Pick(DrawingContent.Scales),
            8 => $"{Digits(draw.Between(1, 4))}{(draw.Chance(30) ? "%" : "")}",
            9 => Letters("abcdefghijklmnopqrstuvwxyz", draw.Between(2, 7)) is var word && draw.Chance(60) ? char.ToUpperInvariant(word[0]) + word[1..] : word,
            _ => Letters(Anything, draw.Between(1, 8)),
        };
    }
}
