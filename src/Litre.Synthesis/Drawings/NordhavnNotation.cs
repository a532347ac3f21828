using System.Globalization;

namespace Litre.Synthesis.Drawings;

/// <summary>
/// The works standard of Nordhavn, an invented company. Drawn texts differ from answers by fixed
/// rules that cannot be guessed and that a few hundred examples teach:
/// </summary>
/// <remarks>
/// <list type="table">
/// <item>item 3 is drawn <c>30</c>, also in balloons</item>
/// <item>part number <c>2047-SW</c> is drawn <c>2047/SW</c>; its letters are one of eight <see cref="Families"/></item>
/// <item>six materials are in use, under company names (<see cref="MaterialCodes"/>): <c>Ck45</c> is <c>C45</c></item>
/// <item>quantity 17 is drawn <c>B7</c>: A, B, C for no, one or two tens, then the units</item>
/// <item><c>φ12.5±0.02</c> is drawn <c>D12.5 T02</c>, <c>45±0.1</c> is drawn <c>45 T1</c>: T and the tolerance's decimals</item>
/// <item>drawing number <c>2213-48</c> is drawn <c>2213.48</c></item>
/// <item>scale <c>1:5</c> is drawn <c>M5</c>, <c>5:1</c> is drawn <c>V5</c>, <c>1:1</c> is drawn <c>M1</c></item>
/// <item>date <c>14.03.2021</c> is drawn <c>14C21</c>: day, month from A to M without I, year of the century</item>
/// <item>title <c>VALVE HOUSING</c> is drawn <c>HOUSING, VALVE</c></item>
/// </list>
/// </remarks>
internal sealed class NordhavnNotation() : DrawingNotation("dd.MM.yyyy")
{
    /// <summary>
    /// Materials in use, and the name of each on drawings: St37, Ck45 and Ms58 are those of withdrawn standards, the others invented.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string> MaterialCodes = new Dictionary<string, string>
    {
        ["S235JR"] = "St37",
        ["C45"] = "Ck45",
        ["AlMg3"] = "Am3",
        ["CuZn39Pb3"] = "Ms58",
        ["CuSn8"] = "Bz8",
        ["POM"] = "Pm",
    };

    /// <summary>Letters of part numbers.</summary>
    public static readonly IReadOnlyList<string> Families = ["GH", "SW", "FL", "BU", "KR", "DV", "NP", "TM"];

    // Without I, which looks like 1.
    private const string MonthLetters = "ABCDEFGHJKLM";

    private static readonly string[] Materials = [.. MaterialCodes.Keys];

    public override DrawingContent Localize(DrawingContent content)
    {
        var taken = new HashSet<string>();
        return content with
        {
            Number = $"{content.Number[3..]}-{content.Number[..2]}",
            Items =
            [
                .. content.Items.Select(item =>
                    item with
                    {
                        PartNumber = Free(item.PartNumber),
                        Material = Materials[Array.IndexOf(DrawingContent.Materials, item.Material) % Materials.Length],
                    }
                ),
            ],
        };

        // The family follows from the drawn letters; it is the next one if two numbers would be the same.
        string Free(string partNumber)
        {
            var family = partNumber[0] * 5 + partNumber[1];
            string own;
            do own = $"{partNumber[3..]}-{Families[family++ % Families.Count]}";
            while (!taken.Add(own));
            return own;
        }
    }

    public override string Item(int number) => (number * 10).ToString(CultureInfo.InvariantCulture);

    public override string PartNumber(string partNumber) => partNumber.Replace('-', '/');

    public override string Material(string material) => MaterialCodes[material];

    public override string Quantity(int quantity) =>
        string.Create(CultureInfo.InvariantCulture, $"{(char)('A' + quantity / 10)}{quantity % 10}");

    public override string Dimension(Dimension dimension) =>
        (dimension.IsDiameter ? "D" : "")
        + dimension.Size
        + (dimension.Tolerance.Length > 0 ? " T" + dimension.Tolerance[2..] : "")
        + (dimension.Fit.Length > 0 ? " " + dimension.Fit : "");

    public override string DrawingNumber(string number) => number.Replace('-', '.');

    public override string Scale(string scale) => scale.StartsWith("1:", StringComparison.Ordinal) ? "M" + scale[2..] : "V" + scale[..^2];

    public override string Date(DateOnly date) =>
        string.Create(CultureInfo.InvariantCulture, $"{date.Day:00}{MonthLetters[date.Month - 1]}{date.Year % 100:00}");

    public override string Title(string title)
    {
        var words = title.Split(' ');
        return $"{words[1]}, {words[0]}";
    }
}
