using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Data.Preview;
using Litre.Synthesis.Charts;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Tests;

/// <summary>Answers about charts, found again from nothing but what is on the sheet and where.</summary>
public sealed partial class ChartAnswerTests
{
    private const int ImageCount = 100;

    public static TheoryData<string> EveryStyle => [.. DataSetGenerator.Styles(SyntheticImageKind.Charts)];

    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void Values_EveryImage_AreWhereTheirCategoryIs(string style)
    {
        var source = new ImageComposer(SyntheticImageKind.Charts, style, 12);
        for (var i = 0; i < ImageCount; i++)
        {
            var image = source.Compose(i);
            var values = Values(image, style);
            foreach (var ask in image.Questions.Where(a => a.Type == "value"))
            {
                var words = Named().Match(ask.English[0]);
                Assert.Equal(ask.Answer, values[(words.Groups[1].Value, words.Groups[2].Value)]);
            }
            Assert.Equal(values.Count, image.Questions.Count(a => a.Type == "value"));
            foreach (var ask in image.Questions.Where(a => a.Type is "largest" or "smallest"))
            {
                var series = values
                    .Where(v => ask.English[0].Contains($"is {v.Key.Series} ", StringComparison.Ordinal))
                    .OrderBy(v => Number(v.Value))
                    .ToList();
                Assert.Equal(ask.Answer, (ask.Type == "largest" ? series[^1] : series[0]).Key.Category);
                Assert.Distinct(series.Select(s => s.Value));
            }
            foreach (var ask in image.Questions.Where(a => a.Type == "growth"))
            {
                var words = Change().Match(ask.English[0]);
                var (from, to) = (
                    values[(words.Groups[1].Value, words.Groups[2].Value)],
                    values[(words.Groups[1].Value, words.Groups[3].Value)]
                );
                Assert.Equal(ask.Answer, (Number(to) - Number(from)).ToString(CultureInfo.InvariantCulture));
            }
            Assert.Equal(
                image.Questions.Single(a => a.Type == "category_count").Answer,
                values.Keys.Select(k => k.Category).Distinct().Count().ToString(CultureInfo.InvariantCulture)
            );
            Assert.Contains(image.Canvas.Texts, t => t.Text == image.Questions.Single(a => a.Type == "caption").Answer);
            Assert.Equal(
                values
                    .Keys.Select(k => k.Series)
                    .Distinct()
                    .Select(s => values.Where(v => v.Key.Series == s).Select(v => v.Value))
                    .Aggregate(
                        values.Keys.Select(k => k.Category).Distinct().Select(c => c + ":"),
                        (lines, series) => lines.Zip(series, (l, v) => l + (l.EndsWith(':') ? " " : ", ") + v)
                    ),
                image.Questions.Single(a => a.Type == "transcribe").Answer.Split('\n')
            );
        }
    }

    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void Boxes_OfBars_CoverTheirBar(string style)
    {
        var source = new ImageComposer(SyntheticImageKind.Charts, style, 13);
        var found = 0;
        for (var i = 0; i < ImageCount; i++)
        {
            var image = source.Compose(i);
            foreach (var ask in image.Questions.Where(a => a.Type == "box"))
            {
                var box = Assert.Single(BoundingBox.Find(ask.Answer));
                var bar = image.Canvas.Fills.MinBy(f =>
                    Math.Abs(f.Points[0] * 1000 / ChartComposer.Width - box.Left)
                    + Math.Abs(f.Points[1] * 1000 / ChartComposer.Height - box.Top)
                );
                Assert.Equal(
                    (box.Left, box.Top),
                    (MathF.Round(bar.Points[0] * 1000 / ChartComposer.Width), MathF.Round(bar.Points[1] * 1000 / ChartComposer.Height))
                );
                Assert.Equal(
                    (box.Right, box.Bottom),
                    (MathF.Round(bar.Points[4] * 1000 / ChartComposer.Width), MathF.Round(bar.Points[5] * 1000 / ChartComposer.Height))
                );
                var name = image.Canvas.Texts.Single(t => t.Text == box.Label).Area;
                var level = name.CenterY > bar.Points[1] && name.CenterY < bar.Points[5];
                Assert.True(level || (name.CenterX > bar.Points[0] && name.CenterX < bar.Points[2]));
                found++;
            }
        }
        Assert.InRange(found, 50, 1000);
    }

    private static Dictionary<(string Series, string Category), string> Values(ComposedImage image, string style)
    {
        var sheet = image.Canvas;
        var caption = image.Questions.Single(a => a.Type == "caption").Answer;
        var texts = sheet.Texts.Where(t => t.Text != caption).ToList();
        var series = caption.Split(' ', ',')[0];
        if (texts.Any(t => t.Text is "Name" or "Period" or "名称" or "日期"))
            return Table(texts);
        if (texts.All(t => t.Text.EndsWith('%')))
            return texts.ToDictionary(t => (series, t.Text[..t.Text.LastIndexOf(' ')]), t => t.Text[(t.Text.LastIndexOf(' ') + 1)..]);
        if (style == "report" && sheet.Fills.Count > 0)
        {
            // Level bars: name and value on one line.
            return texts
                .GroupBy(t => t.Baseline)
                .Select(g => g.OrderBy(t => t.Left).ToList())
                .ToDictionary(g => (series, g[0].Text), g => g[1].Text);
        }
        var line = texts.Max(t => t.Baseline);
        var names = texts.Where(t => t.Baseline == line).ToList();
        if (style != "grid")
        {
            // The number above a name; years are numbers too, but stand on the names' line.
            return names.ToDictionary(
                n => (series, n.Text),
                n => texts.Where(t => t.Baseline < line).MinBy(t => MathF.Abs(t.Area.CenterX - n.Area.CenterX)).Text
            );
        }
        var scale = texts.Where(t => t.Baseline < line).OrderBy(t => t.Baseline).ToList();
        var (top, bottom) = (scale[0], scale[^1]);
        Assert.Equal("0", bottom.Text);
        return names.ToDictionary(
            n => (series, n.Text),
            n =>
            {
                var y =
                    sheet.Fills.Count > 0
                        ? sheet.Fills.Single(f => f.Points[0] < n.Area.CenterX && f.Points[2] > n.Area.CenterX).Points[1]
                        : sheet.Circles.Single(c => MathF.Abs(c.X - n.Area.CenterX) < 2).Y;
                var value = (bottom.Area.CenterY - y) / (bottom.Area.CenterY - top.Area.CenterY) * Number(top.Text);
                // What a reader can tell: the nearest of gridlines and the middles between them.
                var half = Number(top.Text) / 12.0;
                Assert.True(Math.Abs(value / half - Math.Round(value / half)) < 0.15, $"{value} lies between marks {half} apart");
                return Math.Round(Math.Round(value / half) * half).ToString(CultureInfo.InvariantCulture);
            }
        );
    }

    private static Dictionary<(string, string), string> Table(List<PlacedText> texts)
    {
        var corner = texts.Single(t => t.Text is "Name" or "Period" or "名称" or "日期");
        var headings = texts.Where(t => t.Baseline == corner.Baseline && t.Text != corner.Text).OrderBy(t => t.Left).ToList();
        var rows = texts.Where(t => t.Baseline > corner.Baseline && t.Left == corner.Left).OrderBy(t => t.Baseline).ToList();
        return headings
            .SelectMany(h => rows.Select(r => (h, r)))
            .ToDictionary(
                p => (p.h.Text, p.r.Text),
                p => texts.Single(t => t.Baseline == p.r.Baseline && MathF.Abs(t.Area.Right - p.h.Area.Right) < 0.1f).Text
            );
    }

    private static int Number(string text) => int.Parse(text.TrimEnd('%'), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^What is the value of (\w+) for (\w+)\?$")]
    private static partial Regex Named();

    [GeneratedRegex(@"^By how much did (\w+) change from (\w+) to (\w+)")]
    private static partial Regex Change();
}
