namespace Litre.Machine.Governing;

/// <summary>
/// One of the numbers that decide when the governor acts, all of them 0 or more: what the recipe, <c>litre tune</c> and <c>litre
/// governor</c> call it.
/// </summary>
/// <param name="Name">In lower case, words joined with hyphens.</param>
/// <param name="Description">One sentence for the command line's help.</param>
/// <param name="Get">Its value.</param>
/// <param name="Set">The settings with another value.</param>
public sealed record GovernorLimit(
    string Name,
    string Description,
    Func<GovernorSettings, double> Get,
    Func<GovernorSettings, double, GovernorSettings> Set
)
{
    /// <summary>All of <see cref="GovernorSettings"/>.</summary>
    public static IReadOnlyList<GovernorLimit> All { get; } =
    [
        new(
            "first-floor",
            "GiB of available memory below which micro-batches shrink; 0 for 6 % of the machine, at least 4 GiB.",
            s => s.FirstFloorGiB,
            (s, v) => s with { FirstFloorGiB = v }
        ),
        new(
            "second-floor",
            "GiB below which the run writes a checkpoint and pauses; 0 for half of that.",
            s => s.SecondFloorGiB,
            (s, v) => s with { SecondFloorGiB = v }
        ),
        new(
            "last-floor",
            "GiB below which the run is stopped; 0 for a quarter.",
            s => s.LastFloorGiB,
            (s, v) => s with { LastFloorGiB = v }
        ),
        new(
            "device-floor",
            "GiB of free device memory that count as the first floor; 0 does not look at it.",
            s => s.DeviceFloorGiB,
            (s, v) => s with { DeviceFloorGiB = v }
        ),
        new(
            "temperature-limit",
            "Degrees Celsius of the GPU above which the pace is lowered; 0 for none.",
            s => s.TemperatureC,
            (s, v) => s with { TemperatureC = v }
        ),
        new(
            "pressure-limit",
            "Percent of time that tasks wait for memory, which count as the first floor; 0 does not look at it.",
            s => s.PressurePercent,
            (s, v) => s with { PressurePercent = v }
        ),
        new(
            "answer-seconds",
            "Seconds that an order of the governor may stay without an answer before the run is stopped.",
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
            "Seconds that the machine must be well before something is returned.",
            s => s.CalmSeconds,
            (s, v) => s with { CalmSeconds = v }
        ),
    ];
}
