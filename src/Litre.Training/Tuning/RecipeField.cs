namespace Litre.Training.Tuning;

/// <summary>
/// One setting of the recipe: its name, which is that of its option and its key in YAML, and its text form.
/// </summary>
/// <param name="Name">In lower case, words joined with hyphens.</param>
/// <param name="Description">One sentence for help; other settings stand in it by name, in backticks.</param>
/// <param name="IsSwitch">True or false; on the command line its name alone means true.</param>
/// <param name="IsFixed">Whether a resumed run must keep it, since its numbers would not go on as they were.</param>
/// <param name="Get">The value as text.</param>
/// <param name="Set">The settings with another value; throws <see cref="FormatException"/> with what was expected.</param>
public sealed record RecipeField(
    string Name,
    string Description,
    bool IsSwitch,
    bool IsFixed,
    Func<TuneSettings, string> Get,
    Func<TuneSettings, string, TuneSettings> Set
)
{
    /// <summary>All values there are, or those that are words; empty where any text will do.</summary>
    public IReadOnlyList<string> Values { get; init; } = IsSwitch ? ["true", "false"] : [];
}
