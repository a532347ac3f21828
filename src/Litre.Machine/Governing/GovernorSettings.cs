using System.Globalization;
using Litre.Core;

namespace Litre.Machine.Governing;

/// <summary>When the governor acts.</summary>
public sealed record GovernorSettings
{
    private const double GiB = 1L << 30;

    /// <summary>The first floor in GiB of available memory; 0 for 6 % of the machine's memory, at least 4 GiB, at most a quarter.</summary>
    public double FirstFloorGiB { get; init; }

    /// <summary>The second floor in GiB; 0 for half of the first floor, at most half of its default.</summary>
    public double SecondFloorGiB { get; init; }

    /// <summary>The last floor in GiB; 0 for half of the second floor, at most a quarter of the first floor's default.</summary>
    public double LastFloorGiB { get; init; }

    /// <summary>Free device memory, in GiB, below which the first floor counts as reached; 0 for no such limit.</summary>
    public double DeviceFloorGiB { get; init; }

    /// <summary>The GPU's limit in degrees Celsius; 0 for no limit other than the driver's own throttling.</summary>
    public double TemperatureC { get; init; } = 85;

    /// <summary>PSI some avg10, in percent, above which the first floor counts as reached; 0 for no such limit.</summary>
    public double PressurePercent { get; init; } = 40;

    /// <summary>How long an order may remain unanswered while memory is below its floor.</summary>
    public double AnswerSeconds { get; init; } = 120;

    /// <summary>How long a trainer that was told to end has for its checkpoint before it is killed.</summary>
    public double EndSeconds { get; init; } = 20;

    /// <summary>How long there must be no shortage before a restriction is lifted.</summary>
    public double CalmSeconds { get; init; } = 30;

    /// <summary>The floors on a machine with a given memory size.</summary>
    /// <param name="totalBytes">Memory of the machine or group; null if it is unknown.</param>
    /// <exception cref="InputException">A floor is above the one before it, or the first is not below the machine's memory.</exception>
    public GovernorFloors Floors(long? totalBytes)
    {
        var total = totalBytes ?? long.MaxValue / 4;
        var standard = totalBytes is null ? 4 * GiB : Math.Min(Math.Max(4 * GiB, 0.06 * total), 0.25 * total);
        // Floors that are not given follow the given one, so that raising one alone is valid.
        var first = FirstFloorGiB > 0 ? FirstFloorGiB * GiB : Math.Max(standard, SecondFloorGiB * GiB);
        var second = SecondFloorGiB > 0 ? SecondFloorGiB * GiB : Math.Min(standard, first) / 2;
        var last = LastFloorGiB > 0 ? LastFloorGiB * GiB : Math.Min(standard / 2, second) / 2;
        if (second > first)
            throw Refused("second-floor", second, $"is above `first-floor {Number(first)}`", "lower it, or raise `first-floor`");
        if (last > second)
            throw Refused("last-floor", last, $"is above the second floor of {Number(second)} GiB", "lower it, or raise `second-floor`");
        if (first >= total)
            throw Refused(
                FirstFloorGiB > 0 ? "first-floor" : "second-floor",
                first,
                $"is not below the {Number(total)} GiB of memory of this machine",
                "lower it"
            );
        return new GovernorFloors((long)first, (long)second, (long)last);
    }

    private static InputException Refused(string setting, double bytes, string reason, string remedy) =>
        new(setting, Number(bytes), reason, remedy);

    private static string Number(double bytes) => (bytes / GiB).ToString("0.##", CultureInfo.InvariantCulture);
}

/// <summary>Available memory, in bytes, below which the governor acts.</summary>
/// <param name="First">The trainer shrinks its micro-batches and frees caches.</param>
/// <param name="Second">The trainer writes a checkpoint and pauses.</param>
/// <param name="Last">The trainer is stopped, regardless of its answers.</param>
public sealed record GovernorFloors(long First, long Second, long Last);
