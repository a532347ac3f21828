using System.Globalization;
using Litre.Core;

namespace Litre.Machine.Governing;

/// <summary>When the governor acts.</summary>
public sealed record GovernorSettings
{
    private const double GiB = 1L << 30;

    /// <summary>In GiB of available memory; 0 for 6 % of the machine, at least 4 GiB, at most a quarter.</summary>
    public double FirstFloorGiB { get; init; }

    /// <summary>In GiB; 0 for half the first floor's default.</summary>
    public double SecondFloorGiB { get; init; }

    /// <summary>In GiB; 0 for a quarter of the first floor's default.</summary>
    public double LastFloorGiB { get; init; }

    /// <summary>Free device memory, in GiB, below which the first floor counts as reached; 0 does not look at it.</summary>
    public double DeviceFloorGiB { get; init; }

    /// <summary>Of the GPU, in degrees Celsius; 0 for no limit besides the driver's own throttling.</summary>
    public double TemperatureC { get; init; } = 85;

    /// <summary>PSI some avg10, in percent, above which the first floor counts as reached; 0 does not look at it.</summary>
    public double PressurePercent { get; init; } = 40;

    /// <summary>How long an order may stay without an answer while memory is below its floor.</summary>
    public double AnswerSeconds { get; init; } = 120;

    /// <summary>How long a trainer that was asked to end has for its checkpoint, before it is killed.</summary>
    public double EndSeconds { get; init; } = 20;

    /// <summary>How long the machine must be well before something is returned.</summary>
    public double CalmSeconds { get; init; } = 30;

    /// <summary>The floors on a machine of a size.</summary>
    /// <param name="totalBytes">Of the machine or group; null where it is not known.</param>
    /// <exception cref="InputException">A lower floor stands above a higher one, or the first is all memory.</exception>
    public GovernorFloors Floors(long? totalBytes)
    {
        var total = totalBytes ?? long.MaxValue / 4;
        var standard = totalBytes is null ? 4 * GiB : Math.Min(Math.Max(4 * GiB, 0.06 * total), 0.25 * total);
        // One floor given and the others not: those follow it, so that raising one alone is no mistake.
        var first = FirstFloorGiB > 0 ? FirstFloorGiB * GiB : Math.Max(standard, SecondFloorGiB * GiB);
        var second = SecondFloorGiB > 0 ? SecondFloorGiB * GiB : Math.Min(standard, first) / 2;
        var last = LastFloorGiB > 0 ? LastFloorGiB * GiB : Math.Min(standard / 2, second) / 2;
        if (second > first || last > second)
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the governor's floors are {first / GiB:0.##}, {second / GiB:0.##} and {last / GiB:0.##} GiB; "
                        + $"each must be at most the one before"
                )
            );
        if (first >= total)
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the governor's first floor of {first / GiB:0.##} GiB is more than this machine's {total / GiB:0.##} GiB; lower it"
                )
            );
        return new GovernorFloors((long)first, (long)second, (long)last);
    }
}

/// <summary>Available memory, in bytes, below which the governor acts.</summary>
/// <param name="First">The trainer shrinks its micro-batches and frees caches.</param>
/// <param name="Second">The trainer writes a checkpoint and pauses.</param>
/// <param name="Last">The trainer is stopped, whatever it answers.</param>
public sealed record GovernorFloors(long First, long Second, long Last);
