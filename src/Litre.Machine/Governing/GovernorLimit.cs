namespace Litre.Machine.Governing;

/// <summary>
/// One of the numbers that define when the governor acts, each 0 or more, under its name in the recipe, <c>litre tune</c> and <c>litre
/// governor</c>.
/// </summary>
/// <param name="Name">In lower case, words joined with hyphens.</param>
/// <param name="Description">One sentence for the command line's help.</param>
/// <param name="Get">Returns its value.</param>
/// <param name="Set">Returns the settings with another value.</param>
public sealed record GovernorLimit(
    string Name,
    string Description,
    Func<GovernorSettings, double> Get,
    Func<GovernorSettings, double, GovernorSettings> Set
)
{
    /// <summary>The limits of <see cref="GovernorSettings"/>.</summary>
    public static IReadOnlyList<GovernorLimit> All { get; } =
    [
        new(
            "first-floor",
            "GiB of available memory below which micro-batches shrink; 0 for 6 % of the machine's memory, at least 4 GiB.",
            s => s.FirstFloorGiB,
            (s, v) => s with { FirstFloorGiB = v }
        ),
        new(
            "second-floor",
            "GiB of available memory below which the run writes a checkpoint and pauses; "
                + "0 for half of the first floor, at most half of its default.",
            s => s.SecondFloorGiB,
            (s, v) => s with { SecondFloorGiB = v }
        ),
        new(
            "last-floor",
            "GiB of available memory below which the run is stopped; "
                + "0 for half of the second floor, at most a quarter of the first floor's default.",
            s => s.LastFloorGiB,
            (s, v) => s with { LastFloorGiB = v }
        ),
        new(
            "device-floor",
            "GiB of free device memory below which micro-batches shrink; 0 for no such limit.",
            s => s.DeviceFloorGiB,
            (s, v) => s with { DeviceFloorGiB = v }
        ),
        new(
            "temperature-limit",
            "GPU temperature in degrees Celsius above which the pace is lowered; 0 for no limit.",
            s => s.TemperatureC,
            (s, v) => s with { TemperatureC = v }
        ),
        new(
            "pressure-limit",
            "Percent of time that tasks wait for memory, above which micro-batches shrink; 0 for no limit.",
            s => s.PressurePercent,
            (s, v) => s with { PressurePercent = v }
        ),
        new(
            "answer-seconds",
            "Seconds that an order of the governor may stay unanswered before the run is stopped.",
            s => s.AnswerSeconds,
            (s, v) => s with { AnswerSeconds = v }
        ),
        new(
            "end-seconds",
            "Seconds that a stopped run has for its checkpoint before it is killed.",
            s => s.EndSeconds,
            (s, v) => s with { EndSeconds = v }
        ),
        new(
            "calm-seconds",
            "Seconds without a shortage before the governor lifts a restriction.",
            s => s.CalmSeconds,
            (s, v) => s with { CalmSeconds = v }
        ),
    ];
}
