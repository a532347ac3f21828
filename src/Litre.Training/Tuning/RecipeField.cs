namespace Litre.Training.Tuning;

/// <summary>One setting of the recipe: its name, which is also the name of its option and its key in YAML, and its text form.</summary>
/// <param name="Name">The name in lower case, words joined with hyphens.</param>
/// <param name="Description">One sentence for help; it names other settings in backticks.</param>
/// <param name="IsSwitch">Whether it is true or false; on the command line, its name alone means true.</param>
/// <param name="IsFixed">Whether a resumed run must keep it, because changing it would change the results.</param>
/// <param name="Get">The value as text.</param>
/// <param name="Set">The settings with another value; throws <see cref="FormatException"/> with the expected form.</param>
public sealed record RecipeField(
    string Name,
    string Description,
    bool IsSwitch,
    bool IsFixed,
    Func<TuneSettings, string> Get,
    Func<TuneSettings, string, TuneSettings> Set
)
{
    /// <summary>All possible values, or those that are words; empty if any text is accepted.</summary>
    public IReadOnlyList<string> Values { get; init; } = IsSwitch ? ["true", "false"] : [];
}
