using System.Globalization;

namespace Litre.Verification;

/// <summary>Collects the largest differences of one quantity over any number of tensors.</summary>
internal sealed class Comparison(string quantity)
{
    private double _absolute;
    private double _relative;
    private string _where = "";
    private bool _broken;

    /// <summary>Whether anything was compared.</summary>
    public bool Any { get; private set; }

    /// <param name="name">Which tensor this is.</param>
    /// <param name="found">Computed elements.</param>
    /// <param name="expected">The reference's.</param>
    /// <param name="noise">
    /// A norm below which the reference's own values are rounding: relative differences use at least this norm.
    /// </param>
    public void Add(string name, ReadOnlySpan<double> found, ReadOnlySpan<double> expected, double noise = 0)
    {
        Any = true;
        if (found.Length != expected.Length)
        {
            _broken = true;
            _where = $"{name}: {found.Length} values, {expected.Length} expected";
            return;
        }
        var (difference, norm, largest) = (0.0, 0.0, 0.0);
        for (var i = 0; i < found.Length; i++)
        {
            var d = Math.Abs(found[i] - expected[i]);
            // A NaN would compare as no difference, so it counts as an infinite one.
            if (double.IsNaN(d))
                d = double.PositiveInfinity;
            largest = Math.Max(largest, d);
            difference += d * d;
            norm += expected[i] * expected[i];
        }
        var relative = difference == 0 ? 0 : Math.Sqrt(difference) / Math.Max(Math.Max(Math.Sqrt(norm), noise), 1e-30);
        _absolute = Math.Max(_absolute, largest);
        if (relative < _relative)
            return;
        _relative = relative;
        _where = name;
    }

    /// <summary>Checks every element against an absolute bound or, if none is given, every tensor against a bound by norm.</summary>
    public ReferenceRow Within(double? absolute, double relative) =>
        absolute is { } bound
            ? Row(string.Create(CultureInfo.InvariantCulture, $"abs {bound:0E+00}"), _absolute <= bound)
            : ByNorm(relative);

    public ReferenceRow ByNorm(double relative) =>
        Row(string.Create(CultureInfo.InvariantCulture, $"rel {relative:0E+00}"), _relative <= relative);

    public ReferenceRow Identical(bool required = true) => Row(required ? "identical" : "reported", !required || _absolute == 0);

    private ReferenceRow Row(string bound, bool passed) => new(quantity, _absolute, _relative, bound, passed && !_broken, _where);
}
