using System.Globalization;
using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>The content of a drawing, before anything is placed. Every code and size is random, so that none can be memorized.</summary>
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

    public static DrawingContent Generate(SeededRandom random)
    {
        var count = random.Between(3, 6);
        var numbers = new HashSet<string>();
        while (numbers.Count < count)
            numbers.Add($"{random.Pick(CodeLetters.ToCharArray())}{random.Pick(CodeLetters.ToCharArray())}-{Digits(random, 4)}");
        var items = numbers.Select((n, i) => new PartsItem(i + 1, n, random.Pick(Materials), random.Between(1, 24))).ToList();
        return new DrawingContent(
            items,
            $"{random.Between(10, 99)}-{Digits(random, 4)}",
            random.Pick(Scales),
            new DateOnly(random.Between(1998, 2026), random.Between(1, 12), random.Between(1, 28)),
            $"{random.Pick(FirstWords)} {random.Pick(SecondWords)}"
        );
    }

    private static string Digits(SeededRandom random, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => random.Between(0, 9).ToString(CultureInfo.InvariantCulture)));
}

/// <summary>A numbered mark (balloon) of a part.</summary>
/// <param name="Item">The item that it names.</param>
/// <param name="Area">Its area, including the outline.</param>
internal readonly record struct Balloon(int Item, Area Area);

/// <summary>A dimension, as written in answers.</summary>
/// <param name="Tag">The letter next to it, unique in its drawing.</param>
/// <param name="IsDiameter">Whether it has <c>φ</c>.</param>
/// <param name="Size">Such as <c>12.5</c>, in millimeters.</param>
/// <param name="Tolerance">Such as <c>0.02</c>, in both directions; empty for none.</param>
/// <param name="Fit">Such as <c>H7</c>; empty for none.</param>
/// <param name="Subject">What it measures, if words alone identify it.</param>
internal sealed record Dimension(char Tag, bool IsDiameter, string Size, string Tolerance, string Fit, DimensionSubject Subject)
{
    /// <summary>Such as <c>φ12.5±0.02</c> or <c>φ20 H7</c>.</summary>
    public string Text =>
        (IsDiameter ? "φ" : "") + Size + (Tolerance.Length > 0 ? "±" + Tolerance : "") + (Fit.Length > 0 ? " " + Fit : "");
}

/// <summary>Dimensions that a question can name without their letter: a drawing has each at most once.</summary>
internal enum DimensionSubject
{
    Unnamed,
    ShaftLength,
    ShaftDiameter,
    FlangeDiameter,
    PlateWidth,
    PlateHeight,
}

/// <summary>One row of a parts table, as written in answers.</summary>
/// <param name="Number">The item's number, from 1.</param>
/// <param name="PartNumber">Such as <c>AB-2047</c>.</param>
/// <param name="Material">A real designation, such as <c>S235JR</c>.</param>
/// <param name="Quantity">1 to 24.</param>
internal sealed record PartsItem(int Number, string PartNumber, string Material, int Quantity);
