using System.Globalization;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>The content of a chart, before anything is placed.</summary>
/// <param name="Kind">Bars, lines, a pie or a table.</param>
/// <param name="Caption">The caption as it is written.</param>
/// <param name="Unit">The unit of all values.</param>
/// <param name="Categories">Years, months or names, in their order.</param>
/// <param name="IsTime">Whether the categories are a sequence in time.</param>
/// <param name="Series">Each with its name and one value per category; one series, or two in tables.</param>
/// <param name="GridStep">The distance of gridlines if values are read off them, otherwise 0.</param>
internal sealed record ChartContent(
    ChartKind Kind,
    string Caption,
    string Unit,
    IReadOnlyList<string> Categories,
    bool IsTime,
    IReadOnlyList<(string Name, IReadOnlyList<int> Values)> Series,
    int GridStep
)
{
    /// <summary>The number of gridlines above zero.</summary>
    public const int GridLines = 6;

    private static readonly (string Subject, string Unit)[] Subjects =
    [
        ("Output", "kt"),
        ("Sales", "M EUR"),
        ("Orders", "units"),
        ("Exports", "kt"),
        ("Energy", "GWh"),
        ("Scrap", "t"),
        ("Costs", "k EUR"),
        ("Visits", "k"),
        ("Deliveries", "units"),
        ("Profit", "M EUR"),
        ("Hours", "h"),
        ("Stock", "t"),
    ];

    private static readonly (string Subject, string Unit)[] ChineseSubjects =
    [
        ("产量", "吨"),
        ("销量", "件"),
        ("成本", "万元"),
        ("利润", "万元"),
        ("数量", "件"),
    ];

    private static readonly string[] ChinesePlaces = ["东北", "西北", "东南", "西南", "中东", "中南", "中北"];
    private static readonly string[] Places = ["North", "South", "East", "West", "Asia", "Africa", "Iberia", "Nordic"];
    private static readonly string[] Goods = ["Steel", "Zinc", "Lead", "Tin", "Glass", "Paper", "Cable", "Pumps", "Gears", "Tools"];
    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    public static ChartContent Generate(ChartStyle style, SeededRandom random)
    {
        var kind = random.Pick([ChartKind.Bars, ChartKind.Bars, ChartKind.Lines, ChartKind.Pie, ChartKind.Table]);
        var (categories, isTime, span) = Categorize(kind, style.IsChinese, random);
        var subjects = random.Several(style.IsChinese ? ChineseSubjects : Subjects, 2);
        var gridStep = style.ReadsGridLines && kind is (ChartKind.Bars or ChartKind.Lines) ? random.Pick([2, 4, 10, 20, 50, 100]) : 0;
        var series = new List<(string, IReadOnlyList<int>)> { (subjects[0].Subject, Values(kind, categories.Count, gridStep, random)) };
        if (kind == ChartKind.Table)
            series.Add((subjects[1].Subject, Values(kind, categories.Count, 0, random)));
        var unit = kind switch
        {
            ChartKind.Pie => "%",
            ChartKind.Table => "",
            _ => subjects[0].Unit,
        };
        var subject =
            kind == ChartKind.Table
                ? $"{subjects[0].Subject}{(style.IsChinese ? "和" : " and ")}{subjects[1].Subject}"
                : subjects[0].Subject;
        if (style.IsChinese)
        {
            var mark = unit.Length > 0 ? $" ({unit})" : "";
            return new ChartContent(
                kind,
                random.Pick([$"{subject}, {span}{mark}", $"{subject}{mark}, {span}"]),
                unit,
                categories,
                isTime,
                series,
                gridStep
            );
        }
        var caption = kind switch
        {
            ChartKind.Table => $"{subject}, {span}",
            ChartKind.Pie => random.Pick([$"{subject} {span}, shares in %", $"{subject} in %, {span}"]),
            _ => random.Pick([$"{subject} {span} in {unit}", $"{subject} in {unit}, {span}", $"{subject}, {span} ({unit})"]),
        };
        return new ChartContent(kind, caption, unit, categories, isTime, series, gridStep);
    }

    private static (List<string> Categories, bool IsTime, string Span) Categorize(ChartKind kind, bool chinese, SeededRandom random)
    {
        var count = kind == ChartKind.Pie ? random.Between(3, 5) : random.Between(4, 6);
        var lot = kind == ChartKind.Pie ? random.Between(60, 99) : random.Between(0, 99);
        var year = random.Between(1996, 2021);
        if (lot < 45)
        {
            var years = Enumerable.Range(year, count).Select(y => y.ToString(CultureInfo.InvariantCulture)).ToList();
            return (years, true, chinese ? $"{years[0]}年至{years[^1]}年" : $"{years[0]} to {years[^1]}");
        }
        if (lot < 60)
        {
            var first = random.Between(0, 12 - count);
            if (chinese)
                return ([.. Enumerable.Range(first + 1, count).Select(m => $"{m}月")], true, $"{year}年{first + 1}月至{first + count}月");
            return ([.. Months[first..(first + count)]], true, $"{Months[first]} to {Months[first + count - 1]} {year}");
        }
        if (chinese)
            return (random.Several(ChinesePlaces, count), false, $"{year}年");
        return (
            random.Several(random.Pick([Places, Goods]), count),
            false,
            random.Pick([$"{year}", $"plan {year}", $"Q{random.Between(1, 4)} {year}"])
        );
    }

    // All values differ, so that there is one largest and one smallest.
    private static List<int> Values(ChartKind kind, int count, int gridStep, SeededRandom random)
    {
        if (kind == ChartKind.Pie)
            return Shares(count, random);
        var values = new List<int>();
        var largest = random.Pick([30, 60, 95, 400, 950]);
        while (values.Count < count)
        {
            // Gridlines and the middles between them can be read exactly.
            var value = gridStep > 0 ? random.Between(2, 2 * GridLines) * gridStep / 2 : random.Between(largest / 6, largest);
            if (!values.Contains(value))
                values.Add(value);
        }
        return values;
    }

    private static List<int> Shares(int count, SeededRandom random)
    {
        while (true)
        {
            var shares = Enumerable.Range(0, count - 1).Select(_ => random.Between(9, 55)).ToList();
            shares.Add(100 - shares.Sum());
            if (shares[^1] is >= 9 and <= 60 && shares.Distinct().Count() == count)
                return shares;
        }
    }
}

/// <summary>The kind of a chart.</summary>
internal enum ChartKind
{
    Bars,
    Lines,
    Pie,
    Table,
}
