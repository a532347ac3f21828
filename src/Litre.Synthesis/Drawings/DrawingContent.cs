using System.Globalization;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>What a drawing says, before anything is placed. Every code and size is random, so that none can be learned by heart.</summary>
internal sealed record DrawingContent(IReadOnlyList<PartsItem> Items, string Number, string Scale, DateOnly Date, string Title)
{
    // Without I, O and Q, which look like 1 and 0.
    internal const string CodeLetters = "ABCDEFGHJKLMNPRSTUVWXYZ";

    /// <summary>Designations of EN 10027, EN 573, EN 12164, ISO 1043 and ISO 1629.</summary>
    internal static readonly string[] Materials =
    [
        "S235JR",
        "S355J2",
        "C45",
        "42CrMo4",
        "16MnCr5",
        "AlMg3",
        "CuZn39Pb3",
        "CuSn8",
        "POM",
        "PA6",
        "EPDM",
        "NBR",
    ];

    internal static readonly string[] Scales = ["1:1", "1:2", "1:5", "1:10", "1:20", "2:1", "5:1", "10:1"];

    internal static readonly string[] FirstWords =
    [
        "GEAR",
        "PUMP",
        "VALVE",
        "SHAFT",
        "MOTOR",
        "CLUTCH",
        "BRAKE",
        "SPINDLE",
        "ROLLER",
        "BEARING",
        "CHAIN",
        "LEVER",
        "PISTON",
        "FILTER",
        "CABLE",
        "DRIVE",
    ];

    internal static readonly string[] SecondWords =
    [
        "HOUSING",
        "BRACKET",
        "COVER",
        "FLANGE",
        "COUPLING",
        "UNIT",
        "GUIDE",
        "CARRIER",
        "SUPPORT",
        "SLIDE",
        "HEAD",
        "BLOCK",
        "BASE",
        "PLATE",
        "TENSIONER",
        "SEAT",
    ];

    public static DrawingContent Draw(SeededDraw draw)
    {
        var count = draw.Between(3, 6);
        var numbers = new HashSet<string>();
        while (numbers.Count < count)
            numbers.Add($"{draw.Pick(CodeLetters.ToCharArray())}{draw.Pick(CodeLetters.ToCharArray())}-{Digits(draw, 4)}");
        var items = numbers.Select((n, i) => new PartsItem(i + 1, n, draw.Pick(Materials), draw.Between(1, 24))).ToList();
        return new DrawingContent(
            items,
            $"{draw.Between(10, 99)}-{Digits(draw, 4)}",
            draw.Pick(Scales),
            new DateOnly(draw.Between(1998, 2026), draw.Between(1, 12), draw.Between(1, 28)),
            $"{draw.Pick(FirstWords)} {draw.Pick(SecondWords)}"
        );
    }

    private static string Digits(SeededDraw draw, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => draw.Between(0, 9).ToString(CultureInfo.InvariantCulture)));
}
