namespace Litre.Training.Tuning;

/// <summary>
/// One setting of the recipe: its name, which is also its option and its YAML key, and its text form.
/// </summary>
/// <param name="Name">In lower case, words joined with hyphens.</param>
/// <param name="Description">One sentence for the help; it names other settings in backticks.</param>
/// <param name="IsSwitch">Whether the value is true or false; on the command line the option alone means true.</param>
/// <param name="IsFixed">Whether a resumed run must keep the value, because another one would change its numbers.</param>
/// <param name="Get">Returns the value as text.</param>
/// <param name="Set">Returns the settings with another value; throws <see cref="FormatException"/> stating what was expected.</param>
public sealed record RecipeField(
    string Name,
    string Description,
    bool IsSwitch,
    bool IsFixed,
    Func<TuneSettings, string> Get,
    Func<TuneSettings, string, TuneSettings> Set
)
{
    /// <summary>All possible values, or the named ones among them; empty if any text is accepted.</summary>
    public IReadOnlyList<string> Values { get; init; } = IsSwitch ? ["true", "false"] : [];
}
