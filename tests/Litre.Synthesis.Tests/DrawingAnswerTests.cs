using System.Globalization;
using System.Text.RegularExpressions;
using Litre.Data.Preview;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Tests;

/// <summary>Answers about drawings, found again from nothing but the texts on the sheet and their places.</summary>
public sealed partial class DrawingAnswerTests
{
    private const int ImageCount = 60;

    // Item, part number, material, quantity; what stands before a dimension; words of number, scale and date.
    private static readonly Dictionary<string, (string[] Headings, string Mark, string Number, string Scale, string Date)> Styles = new()
    {
        ["iso"] = (["ITEM", "PART NO", "MATERIAL", "QTY"], "=", "DWG NO", "SCALE", "DATE"),
        ["din"] = (["POS", "TEIL-NR", "WERKSTOFF", "STK"], ": ", "ZEICHN-NR", "MASSSTAB", "DATUM"),
        ["plain"] = (["NO", "CODE", "STOCK", "PCS"], " ", "Drawing", "Scale", ""),
        ["gb"] = (["序号", "代号", "材料", "数量"], "=", "图号", "比例", "日期"),
        ["company"] = (["LB", "TN", "KD", "AN"], ">", "NORDHAVN", "FH", "UT"),
    };

    public static TheoryData<string> EveryStyle => [.. Styles.Keys];

    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void Table_EveryImage_AnswersWhatStandsInIt(string style)
    {
        foreach (var image in Made(style))
        {
            var rows = Table(image.Canvas, style);
            Assert.InRange(rows.Count, 3, 6);
            Assert.Equal(Enumerable.Range(1, rows.Count), rows.Keys.Order());
            foreach (var (item, (part, material, quantity)) in rows)
            {
                Assert.Equal(part, Answer(image, "part_number", $"item {item}?"));
                Assert.Equal(material, Answer(image, "material", $"item {item} made"));
                Assert.Equal(quantity, Answer(image, "quantity", $"pieces of item {item} "));
                Assert.Equal(Text(item), Answer(image, "item_of_part", part));
            }
            Assert.Equal(
                string.Join('\n', rows.OrderBy(r => r.Key).Select(r => $"{r.Key}, {r.Value.Part}, {r.Value.Material}, {r.Value.Quantity}")),
                Answer(image, "transcribe", "parts table")
            );
            if (style != "company")
                Assert.Equal(Text(rows.Count), Answer(image, "item_count", ""));
        }
    }

    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void Dimensions_EveryImage_AnswerWhatStandsBesideTheirLetter(string style)
    {
        foreach (var image in Made(style))
        {
            var drawn = Dimensions(image.Canvas, style);
            Assert.InRange(drawn.Count, 2, 8);
            foreach (var (tag, value) in drawn)
            {
                Assert.Equal(value, Answer(image, "dimension", $"dimension {tag}?"));
                Assert.Matches(@"^φ?\d+(\.5)?(±0\.\d+| [Hgfh]\d)?$", value);
            }
            Assert.Equal(drawn.Count, image.Questions.Count(a => a.Type == "dimension"));
            Assert.Equal(
                string.Join('\n', drawn.OrderBy(d => d.Key).Select(d => $"{d.Key}: {d.Value}")),
                Answer(image, "transcribe", "dimension")
            );
            Assert.All(image.Questions.Where(a => a.Type == "named_dimension"), a => Assert.Contains(a.Answer, drawn.Values));
            // No subject is dimensioned twice, or its name would not say which is meant.
            Assert.Distinct(image.Questions.Where(a => a.Type == "named_dimension").Select(a => a.English[0]));
        }
    }

    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void TitleBlock_EveryImage_AnswersWhatStandsInIt(string style)
    {
        foreach (var image in Made(style))
        {
            Assert.Equal(
                Right(image, Styles[style].Number, n => style == "company" ? $"{n[..4]}-{n[5..]}" : n),
                Answer(image, "drawing_number", "")
            );
            Assert.Equal(
                Right(
                    image,
                    Styles[style].Scale,
                    s =>
                        style != "company" ? s
                        : s[0] == 'M' ? $"1:{s[1..]}"
                        : $"{s[1..]}:1"
                ),
                Answer(image, "scale", "")
            );
            if (Styles[style].Date.Length > 0)
                Assert.Equal(Right(image, Styles[style].Date, d => style == "company" ? Date(d) : d), Answer(image, "date", ""));
            else
                Assert.Contains(image.Canvas.Texts, t => t.Text == Answer(image, "date", ""));
            string[] lines = [.. ((string[])["drawing_number", "title", "scale", "date"]).Select(t => Answer(image, t, ""))];
            Assert.Equal(string.Join('\n', lines), Answer(image, "transcribe", "title block"));
            var title = lines[1].Split(' ');
            Assert.Contains(image.Canvas.Texts, t => t.Text == (style == "company" ? $"{title[1]}, {title[0]}" : $"{title[0]} {title[1]}"));
        }
    }

    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void Boxes_EveryImage_HoldWhatTheyName(string style)
    {
        foreach (var image in Made(style))
        {
            foreach (var ask in image.Questions.Where(a => a.Type == "box"))
            {
                var box = Assert.Single(BoundingBox.Find(ask.Answer));
                var area = new Area(
                    (float)box.Left * image.Canvas.Width / 1000,
                    (float)box.Top * image.Canvas.Height / 1000,
                    (float)box.Right * image.Canvas.Width / 1000,
                    (float)box.Bottom * image.Canvas.Height / 1000
                ).Inflate(0.5f);
                var inside = image.Canvas.Texts.Where(t => area.Contains(t.Area)).Select(t => t.Text).ToList();
                if (box.Label.StartsWith("balloon ", StringComparison.Ordinal))
                    Assert.Equal([box.Label[8..]], inside);
                else if (box.Label == "parts table")
                    Assert.Equal(4 * (1 + Table(image.Canvas, style).Count), inside.Count);
                else
                    Assert.Contains(Answer(image, "drawing_number", ""), inside);
            }
            Assert.Equal(style == "company", image.Questions.All(a => a.Type != "box"));
        }
    }

    [Fact]
    public void Table_EverySheetOfTheVariedStyle_HasAnItemsAnswersInOneRow()
    {
        var layouts = new HashSet<(bool, bool)>();
        foreach (var image in Made("varied"))
        {
            for (
                var item = 1;
                image.Questions.Any(a => a.Type == "part_number" && a.English[0].Contains($"item {item}?", StringComparison.Ordinal));
                item++
            )
            {
                var part = image.Canvas.Texts.Single(t => t.Text == Answer(image, "part_number", $"item {item}?"));
                var row = image.Canvas.Texts.Where(t => t.Baseline == part.Baseline).Select(t => t.Text).ToList();
                Assert.Contains(Text(item), row);
                Assert.Contains(Answer(image, "material", $"item {item} made"), row);
                Assert.Contains(Answer(image, "quantity", $"pieces of item {item} "), row);
                layouts.Add((part.Left < image.Canvas.Width / 2, part.Baseline < image.Canvas.Height / 2));
            }
            Assert.Contains(image.Canvas.Texts, t => t.Text == Answer(image, "drawing_number", ""));
        }
        Assert.Equal(4, layouts.Count);
    }

    [Theory]
    [MemberData(nameof(EveryStyle))]
    public void Balloons_EveryImage_MarkEveryItemOnce(string style)
    {
        foreach (var image in Made(style))
        {
            var rows = Table(image.Canvas, style).Keys.Order().ToList();
            var column = Heading(image.Canvas, style, 0);
            var balloons = image.Canvas.Texts.Where(t =>
                Number().IsMatch(t.Text)
                    && image.Canvas.Circles.Any(c => !c.Filled && c.Radius is > 8 and < 10 && t.Area.Contains(c.X, c.Y))
                || (
                    style == "company"
                    && t.Text.EndsWith('0')
                    && t.Text.Length == 2
                    && MathF.Abs(t.Left - column.Left) > 0.1f
                    && Number().IsMatch(t.Text)
                )
            );
            Assert.Equal(rows, balloons.Select(b => Item(b.Text, style)).Order());
        }
    }

    private static IEnumerable<ComposedImage> Made(string style)
    {
        var source = new ImageComposer(SyntheticImageKind.Drawings, style, 11);
        for (var i = 0; i < ImageCount; i++)
            yield return source.Compose(i);
    }

    private static string Answer(ComposedImage image, string type, string words) =>
        Assert.Single(image.Questions, a => a.Type == type && a.English[0].Contains(words, StringComparison.Ordinal)).Answer;

    private static PlacedText Heading(Canvas sheet, string style, int column) =>
        sheet.Texts.Single(t => t.Text == Styles[style].Headings[column]);

    /// <summary>Rows by item: texts that begin below or above a heading's left end, row by row.</summary>
    private static Dictionary<int, (string Part, string Material, string Quantity)> Table(Canvas sheet, string style)
    {
        var columns = Enumerable.Range(0, 4).Select(c => Column(sheet, Heading(sheet, style, c))).ToArray();
        return columns[0]
            .ToDictionary(
                item => Item(item.Value, style),
                item => (Part(columns[1][item.Key], style), Material(columns[2][item.Key], style), Quantity(columns[3][item.Key], style))
            );
    }

    private static Dictionary<int, string> Column(Canvas sheet, PlacedText heading)
    {
        var cells = new Dictionary<int, string>();
        foreach (var direction in (int[])[-1, 1])
        {
            // Rows lie 17 pixels apart, or up to 22 where a heading is higher.
            var at = heading.Baseline;
            for (var row = direction; ; row += direction)
            {
                var cell = sheet
                    .Texts.Where(t => MathF.Abs(t.Left - heading.Left) < 0.1f && (t.Baseline - at) * direction is > 0 and < 23)
                    .ToList();
                if (cell.Count == 0)
                    break;
                cells.Add(row, Assert.Single(cell).Text);
                at = cell[0].Baseline;
            }
        }
        return cells;
    }

    private static Dictionary<char, string> Dimensions(Canvas sheet, string style) =>
        sheet
            .Texts.Where(t =>
                t.Text.Length > 2 && t.Text[0] is >= 'A' and <= 'H' && t.Text[1..].StartsWith(Styles[style].Mark, StringComparison.Ordinal)
            )
            .ToDictionary(t => t.Text[0], t => Size(t.Text[(1 + Styles[style].Mark.Length)..], style));

    private static string Right(ComposedImage image, string word, Func<string, string> read)
    {
        var place = image.Canvas.Texts.Single(t => t.Text == word);
        return read(image.Canvas.Texts.Where(t => t.Baseline == place.Baseline && t.Left > place.Left).MinBy(t => t.Left).Text);
    }

    // Nordhavn's rules, written a second time.
    private static int Item(string drawn, string style) => int.Parse(drawn, CultureInfo.InvariantCulture) / (style == "company" ? 10 : 1);

    private static string Part(string drawn, string style) => style == "company" ? PartOf().Replace(drawn, "$1-$2") : drawn;

    private static string Material(string drawn, string style) =>
        style != "company"
            ? drawn
            : drawn switch
            {
                "St37" => "S235JR",
                "Ck45" => "C45",
                "Am3" => "AlMg3",
                "Ms58" => "CuZn39Pb3",
                "Bz8" => "CuSn8",
                "Pm" => "POM",
                _ => throw new InvalidOperationException(drawn),
            };

    private static string Quantity(string drawn, string style) =>
        style != "company" ? drawn : Text(10 * "ABC".IndexOf(drawn[0], StringComparison.Ordinal) + drawn[1] - '0');

    private static string Size(string drawn, string style) =>
        style != "company" ? drawn : DiameterOf().Replace(ToleranceOf().Replace(drawn, "±0.$1"), "φ");

    private static string Date(string drawn)
    {
        var year = int.Parse(drawn[3..], CultureInfo.InvariantCulture);
        return $"{drawn[..2]}.{"ABCDEFGHJKLM".IndexOf(drawn[2], StringComparison.Ordinal) + 1:00}.{(year >= 98 ? 1900 : 2000) + year}";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\d+$")]
    private static partial Regex Number();

    [GeneratedRegex(@"^(\d{4})/([A-Z]{2})$")]
    private static partial Regex PartOf();

    [GeneratedRegex(@" T(\d+)$")]
    private static partial Regex ToleranceOf();

    [GeneratedRegex("^D")]
    private static partial Regex DiameterOf();
}
