using System.Globalization;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>Everything that can be asked about a drawing, each with its exact answer.</summary>
internal static class DrawingQuestions
{
    public static List<QuestionSpec> Of(Canvas canvas, DrawingStyle style, DrawingContent content, ViewContext view, Area table, Area title)
    {
        var asks = new List<QuestionSpec>();
        foreach (var item in content.Items)
        {
            var n = Number(item.Number);
            asks.Add(DrawingPhrases.PartNumber(n, item.PartNumber));
            asks.Add(DrawingPhrases.Material(n, item.Material));
            asks.Add(DrawingPhrases.Quantity(n, Number(item.Quantity)));
            asks.Add(DrawingPhrases.ItemOfPart(item.PartNumber, n));
        }
        foreach (var dimension in view.Dimensions)
        {
            asks.Add(DrawingPhrases.Dimension(dimension.Tag, dimension.Text));
            if (dimension.Subject != DimensionSubject.Unnamed)
                asks.Add(DrawingPhrases.NamedDimension(dimension.Subject, dimension.Text));
        }
        asks.Add(DrawingPhrases.DrawingNumber(content.Number));
        asks.Add(DrawingPhrases.Scale(content.Scale));
        asks.Add(DrawingPhrases.Date(style.Notation.DateAnswer(content.Date)));
        asks.Add(DrawingPhrases.Title(content.Title));
        asks.Add(
            DrawingPhrases.TranscribeTable(
                string.Join('\n', content.Items.Select(i => $"{Number(i.Number)}, {i.PartNumber}, {i.Material}, {Number(i.Quantity)}"))
            )
        );
        asks.Add(
            DrawingPhrases.TranscribeDimensions(string.Join('\n', view.Dimensions.OrderBy(d => d.Tag).Select(d => $"{d.Tag}: {d.Text}")))
        );
        asks.Add(
            DrawingPhrases.TranscribeTitle($"{content.Number}\n{content.Title}\n{content.Scale}\n{style.Notation.DateAnswer(content.Date)}")
        );
        if (style.RulesOnly)
            return asks;

        asks.Add(DrawingPhrases.ItemCount(Number(content.Items.Count)));
        foreach (var balloon in view.Balloons)
        {
            var n = Number(balloon.Item);
            asks.Add(
                DrawingPhrases.Box(
                    $"balloon {n}",
                    $"序号{n}的球标",
                    BoxAnswer.Of(canvas, balloon.Area, $"balloon {n}"),
                    BoxAnswer.Of(canvas, balloon.Area, $"球标{n}")
                )
            );
        }
        asks.Add(
            DrawingPhrases.Box(
                "the parts table",
                "明细表",
                BoxAnswer.Of(canvas, table, "parts table"),
                BoxAnswer.Of(canvas, table, "明细表")
            )
        );
        asks.Add(
            DrawingPhrases.Box(
                "the title block",
                "标题栏",
                BoxAnswer.Of(canvas, title, "title block"),
                BoxAnswer.Of(canvas, title, "标题栏")
            )
        );
        return asks;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
