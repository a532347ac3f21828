using System.Globalization;

namespace Litre.Training.Tuning;

/// <summary>Creates the fields of one record of a recipe's settings.</summary>
/// <param name="of">Returns the record in the settings.</param>
/// <param name="put">Returns the settings with another record in its place.</param>
internal sealed class RecipeFieldGroup<T>(Func<TuneSettings, T> of, Func<TuneSettings, T, TuneSettings> put)
{
    public RecipeField Text(string name, string description, Func<T, string> get, Func<T, string, T> set, bool isFixed = true) =>
        Make(name, description, false, isFixed, get, set);

    public RecipeField Switch(string name, string description, Func<T, bool> get, Func<T, bool, T> set, bool isFixed = true) =>
        Make(
            name,
            description,
            true,
            isFixed,
            s => get(s) ? "true" : "false",
            (s, v) =>
                set(
                    s,
                    v switch
                    {
                        "true" => true,
                        "false" => false,
                        _ => throw new FormatException("expected true or false"),
                    }
                )
        );

    public RecipeField List(string name, string description, Func<T, IReadOnlyList<string>> get, Func<T, IReadOnlyList<string>, T> set) =>
        Make(
            name,
            description + " Separate several with commas.",
            false,
            true,
            s => string.Join(",", get(s)),
            (s, v) => set(s, v.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        );

    public RecipeField Integer(string name, string description, int minimum, Func<T, int> get, Func<T, int, T> set, bool isFixed = true) =>
        Make(
            name,
            description,
            false,
            isFixed,
            s => get(s).ToString(CultureInfo.InvariantCulture),
            (s, v) =>
                int.TryParse(v, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= minimum
                    ? set(s, number)
                    : throw new FormatException($"expected a whole number, {minimum} or more")
        );

    public RecipeField Auto(string name, string description, Func<T, int> get, Func<T, int, T> set) =>
        Make(
            name,
            description,
            false,
            true,
            s => get(s) is > 0 and var number ? number.ToString(CultureInfo.InvariantCulture) : "auto",
            (s, v) =>
                v == "auto" ? set(s, 0)
                : int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? set(s, number)
                : throw new FormatException("expected auto, or a whole number, 1 or more")
        );

    public RecipeField Number(
        string name,
        string description,
        double minimum,
        Func<T, double> get,
        Func<T, double, T> set,
        double below = double.PositiveInfinity,
        bool isFixed = true
    ) =>
        Make(
            name,
            description,
            false,
            isFixed,
            s => get(s).ToString("R", CultureInfo.InvariantCulture),
            (s, v) =>
                double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= minimum && number < below
                    ? set(s, number)
                    : throw new FormatException(
                        double.IsInfinity(below)
                            ? string.Create(CultureInfo.InvariantCulture, $"expected a number, {minimum} or more")
                            : string.Create(CultureInfo.InvariantCulture, $"expected a number from {minimum} to below {below}")
                    )
        );

    public RecipeField Choice<TEnum>(string name, string description, Func<T, TEnum> get, Func<T, TEnum, T> set, bool isFixed = true)
        where TEnum : struct, Enum
    {
        var names = string.Join(", ", Enum.GetNames<TEnum>().Select(n => n.ToLowerInvariant()));
        return Make(
            name,
            $"{description}: {names}.",
            false,
            isFixed,
            s => get(s).ToString().ToLowerInvariant(),
            (s, v) =>
                Enum.TryParse<TEnum>(v, ignoreCase: true, out var value) && !char.IsDigit(v[0])
                    ? set(s, value)
                    : throw new FormatException($"expected one of {names}"),
            names.Split(", ")
        );
    }

    /// <summary>Creates a field with a custom text form.</summary>
    public RecipeField Make(
        string name,
        string description,
        bool isSwitch,
        bool isFixed,
        Func<T, string> get,
        Func<T, string, T> set,
        IReadOnlyList<string>? values = null
    )
    {
        var field = new RecipeField(name, description, isSwitch, isFixed, s => get(of(s)), (s, v) => put(s, set(of(s), v)));
        return values is null ? field : field with { Values = values };
    }
}
