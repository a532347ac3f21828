using System.Globalization;

namespace Litre.Reporting;

/// <summary>Round numbers along an axis: steps of 1, 2 or 5 times a power of ten.</summary>
internal sealed class AxisTicks
{
    private readonly int _exponent;
    private readonly bool _scientific;

    private AxisTicks(double low, double high, double step, bool fromData)
    {
        // Ends need not be multiples of the step, so that the curve fills its frame.
        (Low, High) = fromData ? (low, high) : (Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step);
        _exponent = (int)Math.Floor(Math.Log10(step) + 1e-9);
        var largest = Math.Max(Math.Abs(Low), Math.Abs(High));
        _scientific = largest is < 1e-3 or >= 1e7;
        var first = (long)Math.Ceiling(Low / step - 1e-9);
        for (var i = first; i * step <= High + step * 1e-9; i++)
            Values.Add(i * step);
    }

    public double Low { get; }

    public double High { get; }

    public List<double> Values { get; } = [];

    /// <param name="low">Smallest value.</param>
    /// <param name="high">Largest value.</param>
    /// <param name="count">About how many ticks.</param>
    public static AxisTicks For(double low, double high, int count)
    {
        if (high - low <= Math.Max(Math.Abs(high), Math.Abs(low)) * 1e-9)
        {
            var room = high == 0 ? 1 : Math.Abs(high) * 0.1;
            (low, high) = (low - (low >= 0 ? Math.Min(room, low) : room), high + room);
        }
        return new AxisTicks(low, high, Step((high - low) / count), fromData: false);
    }

    /// <summary>Whole numbers from <paramref name="low"/> to <paramref name="high"/>, both ends kept.</summary>
    public static AxisTicks ForSteps(int low, int high, int count) =>
        low == high
            ? new AxisTicks(Math.Max(low - 1, 0), high + 1, 1, fromData: true)
            : new AxisTicks(low, high, Math.Max(1, Step((high - low) / (double)count)), fromData: true);

    public string Format(double value)
    {
        if (value == 0)
            return "0";
        // As many digits as distinguish a tick from the next.
        if (!_scientific)
            return value
                .ToString((Math.Abs(value) >= 1000 ? "N" : "F") + Math.Max(0, -_exponent), CultureInfo.InvariantCulture)
                .Replace('-', '−');
        var power = (int)Math.Floor(Math.Log10(Math.Abs(value)) + 1e-9);
        var digits = "0." + new string('#', Math.Clamp(power - _exponent, 0, 15));
        var lead = (value / Math.Pow(10, power)).ToString(digits, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{lead}e{power}").Replace('-', '−');
    }

    private static double Step(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var lead = rough / power;
        return power
            * (
                lead <= 1 ? 1
                : lead <= 2 ? 2
                : lead <= 5 ? 5
                : 10
            );
    }
}
