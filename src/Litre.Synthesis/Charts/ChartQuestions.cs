using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>Everything that can be asked about a chart, each with its exact answer.</summary>
internal static class ChartQuestions
{
    /// <param name="canvas">The drawn image.</param>
    /// <param name="content">Its content.</param>
    /// <param name="marks">The area of each category's bar; empty if there are no bars.</param>
    public static List<QuestionSpec> Of(Canvas canvas, ChartContent content, IReadOnlyList<Area> marks)
    {
        var asks = new List<QuestionSpec>
        {
            ChartPhrases.Caption(content.Caption),
            ChartPhrases.Count(ChartAxes.Text(content.Categories.Count)),
        };
        var percent = content.Kind == ChartKind.Pie ? "%" : "";
        foreach (var (name, values) in content.Series)
        {
            for (var i = 0; i < values.Count; i++)
                asks.Add(ChartPhrases.Value(name, content.Categories[i], ChartAxes.Text(values[i]) + percent));
            asks.Add(ChartPhrases.Extreme(name, largest: true, content.Categories[IndexOf(values, values.Max())]));
            asks.Add(ChartPhrases.Extreme(name, largest: false, content.Categories[IndexOf(values, values.Min())]));
            if (!content.IsTime)
                continue;
            for (var i = 0; i < values.Count; i++)
            {
                for (var j = i + 1; j < values.Count; j++)
                    asks.Add(
                        ChartPhrases.Growth(
                            name,
                            content.Categories[i],
                            content.Categories[j],
                            content.Unit,
                            ChartAxes.Text(values[j] - values[i])
                        )
                    );
            }
        }
        for (var i = 0; i < marks.Count; i++)
            asks.Add(ChartPhrases.Box(content.Categories[i], BoxAnswer.Of(canvas, marks[i], content.Categories[i])));
        asks.Add(
            ChartPhrases.Transcribe(
                content.Series.Count > 1,
                string.Join(
                    '\n',
                    content.Categories.Select(
                        (c, i) => $"{c}: {string.Join(", ", content.Series.Select(s => ChartAxes.Text(s.Values[i]) + percent))}"
                    )
                )
            )
        );
        return asks;
    }

    private static int IndexOf(IReadOnlyList<int> values, int value)
    {
        for (var i = 0; i < values.Count; i++)
            if (values[i] == value)
                return i;
        throw new ArgumentException($"{value} is not one of the {values.Count} values");
    }
}
