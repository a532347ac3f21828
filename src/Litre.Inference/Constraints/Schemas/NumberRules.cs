using System.Globalization;
using Litre.Inference.Constraints.Automata;

namespace Litre.Inference.Constraints.Schemas;

/// <summary>
/// The digits of numbers within limits. A number has at most 18 digits before the point and 17 behind it. An exponent is allowed only
/// without limits.
/// </summary>
internal static class NumberRules
{
    private const int MaxDigits = 18;
    private const int MaxDecimals = 17;
    private const decimal Beyond = 1_000_000_000_000_000_000; // has one digit too many

    /// <summary>Adds the numbers to a grammar. If there are none, nothing leads to the second node.</summary>
    public static void Add(GrammarBuilder builder, int from, int to, NumberBounds bounds, bool isInteger)
    {
        if (isInteger)
            bounds = Whole(bounds);
        if (bounds.IsUnlimited)
        {
            var sign = builder.AddNode();
            builder.AddEmpty(from, sign);
            builder.AddBytes(from, (byte)'-', (byte)'-', sign);
            AddUnlimited(builder, sign, to, isInteger);
            return;
        }
        if (!(bounds.Most < 0))
        {
            var least = bounds.Least > 0 ? bounds.Least.Value : 0;
            var excludesLeast = bounds.Least >= 0 && bounds.ExcludesLeast;
            new Magnitude(builder, to, isInteger, least, excludesLeast, bounds.Most ?? Beyond, bounds.ExcludesMost).Add(from);
        }
        if (!(bounds.Least >= 0))
        {
            // Without the zero, which is not negative.
            var least = bounds.Most < 0 ? -bounds.Most.Value : 0;
            var excludesLeast = !(bounds.Most < 0) || bounds.ExcludesMost;
            var most = bounds.Least is { } negative ? -negative : Beyond;
            new Magnitude(builder, to, isInteger, least, excludesLeast, most, bounds.ExcludesLeast).Add(builder.AddText(from, "-"u8));
        }
    }

    private static NumberBounds Whole(NumberBounds bounds)
    {
        var (least, most) = (bounds.Least, bounds.Most);
        if (least is { } low)
        {
            low = Math.Max(low, -Beyond);
            least = bounds.ExcludesLeast && low == decimal.Truncate(low) ? low + 1 : decimal.Ceiling(low);
        }
        if (most is { } high)
        {
            high = Math.Min(high, Beyond);
            most = bounds.ExcludesMost && high == decimal.Truncate(high) ? high - 1 : decimal.Floor(high);
        }
        return new(least, false, most, false);
    }

    private static void AddUnlimited(GrammarBuilder builder, int from, int to, bool isInteger)
    {
        var whole = builder.AddNode();
        builder.AddBytes(from, (byte)'0', (byte)'0', whole);
        var first = builder.AddNode();
        builder.AddBytes(from, (byte)'1', (byte)'9', first);
        AddDigits(builder, first, whole, MaxDigits - 1);
        builder.AddEmpty(whole, to);
        if (isInteger)
            return;
        var (decimals, number) = (builder.AddNode(), builder.AddNode());
        builder.AddBytes(builder.AddText(whole, "."u8), (byte)'0', (byte)'9', decimals);
        AddDigits(builder, decimals, number, MaxDecimals - 1);
        builder.AddEmpty(whole, number);
        builder.AddEmpty(number, to);
        // Two digits are within the range of a double.
        var (mark, sign, exponent) = (builder.AddNode(), builder.AddNode(), builder.AddNode());
        builder.AddBytes(number, (byte)'e', (byte)'e', mark);
        builder.AddBytes(number, (byte)'E', (byte)'E', mark);
        builder.AddEmpty(mark, sign);
        builder.AddBytes(mark, (byte)'+', (byte)'+', sign);
        builder.AddBytes(mark, (byte)'-', (byte)'-', sign);
        builder.AddBytes(sign, (byte)'0', (byte)'9', exponent);
        AddDigits(builder, exponent, to, 1);
    }

    // Up to a number of digits.
    private static void AddDigits(GrammarBuilder builder, int from, int to, int most)
    {
        for (var i = 0; i < most; i++)
        {
            builder.AddEmpty(from, to);
            var next = builder.AddNode();
            builder.AddBytes(from, (byte)'0', (byte)'9', next);
            from = next;
        }
        builder.AddEmpty(from, to);
    }

    /// <summary>
    /// Numbers from zero within limits, digit by digit. A number is tight at a limit as long as all of its digits are the limit's.
    /// </summary>
    private sealed class Magnitude(
        GrammarBuilder builder,
        int to,
        bool isInteger,
        decimal least,
        bool excludesLeast,
        decimal most,
        bool excludesMost
    )
    {
        private readonly Dictionary<(int Position, bool Low, bool High), int> _known = [];
        private string _low = "";
        private string _high = "";
        private int _digits; // before the point
        private bool _excludesLow;

        public void Add(int from)
        {
            for (_digits = 1; _digits <= MaxDigits; _digits++)
            {
                var (smallest, beyond) = (_digits == 1 ? 0 : Power(_digits - 1), Power(_digits));
                if (most < smallest || least >= beyond)
                    continue;
                // The first of several digits is not zero.
                var isLow = _digits > 1 || least > smallest || (least == smallest && excludesLeast);
                var isHigh = most < beyond;
                _low = Digits(Math.Max(least, smallest));
                _high = isHigh ? Digits(most) : "";
                _excludesLow = excludesLeast && least >= smallest;
                _known.Clear();
                builder.AddEmpty(from, Node(0, isLow, isHigh));
            }
        }

        // The node after a number of digits.
        private int Node(int position, bool low, bool high)
        {
            if (_known.TryGetValue((position, low, high), out var node))
                return node;
            _known.Add((position, low, high), node = builder.AddNode());
            if (position >= _digits && CanEnd(position, low, high))
                builder.AddEmpty(node, to);
            if (position < _digits || (position > _digits && position < _digits + MaxDecimals))
                AddDigits(node, position, low, high);
            else if (position == _digits && !isInteger)
                AddDigits(builder.AddText(node, "."u8), position, low, high);
            return node;
        }

        private void AddDigits(int node, int position, bool low, bool high)
        {
            var (least, most) = (low ? Digit(_low, position) : 0, high ? Digit(_high, position) : 9);
            for (var digit = least; digit <= most; digit++)
            {
                var next = Node(position + 1, low && digit == least, high && digit == most);
                builder.AddBytes(node, (byte)('0' + digit), (byte)('0' + digit), next);
            }
        }

        // Digits of the limits that were not written are zeros of the number.
        private bool CanEnd(int position, bool low, bool high)
        {
            if (low && (Rest(_low, position) || _excludesLow))
                return false;
            return !high || Rest(_high, position) || !excludesMost;
        }

        private static bool Rest(string digits, int position) => digits.AsSpan(Math.Min(position, digits.Length)).ContainsAnyExcept('0');

        private static int Digit(string digits, int position) => position < digits.Length ? digits[position] - '0' : 0;

        // All digits, without the point.
        private string Digits(decimal value)
        {
            var text = value.ToString("0.############################", CultureInfo.InvariantCulture).Split('.');
            return text[0].PadLeft(_digits, '0') + (text.Length > 1 ? text[1] : "");
        }

        private static decimal Power(int exponent)
        {
            var value = 1m;
            for (var i = 0; i < exponent; i++)
                value *= 10;
            return value;
        }
    }
}
