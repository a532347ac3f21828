using System.Globalization;
using System.Text;

namespace Litre.Data.Formats;

/// <summary>
/// Writes JSON as Python's <c>json.dumps(value, ensure_ascii=False)</c> does, which chat templates use: a space after
/// commas and colons, non-ASCII characters unescaped, floating-point numbers in Python's format.
/// </summary>
internal static class PythonJson
{
    public static string Write(object? value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    private static void Write(object? value, StringBuilder text)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool truth:
                text.Append(truth ? "true" : "false");
                break;
            case double number:
                text.Append(Number(number.ToString("R", CultureInfo.InvariantCulture)));
                break;
            case JsonNumber number:
                text.Append(Number(number.Written));
                break;
            case string letters:
                Letters(letters, text);
                break;
            case List<object?> items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    if (i > 0)
                        text.Append(", ");
                    Write(items[i], text);
                }
                text.Append(']');
                break;
            case Dictionary<string, object?> map:
                text.Append('{');
                var first = true;
                foreach (var (key, item) in map)
                {
                    if (!first)
                        text.Append(", ");
                    first = false;
                    Letters(key, text);
                    text.Append(": ");
                    Write(item, text);
                }
                text.Append('}');
                break;
            default:
                throw new RowException($"a value of type {value.GetType().Name} was found where JSON is expected", "write it as text");
        }
    }

    // Integers keep their digits; with a decimal point or an exponent Python reads a float and writes its shortest form.
    private static string Number(string written)
    {
        if (written.AsSpan().IndexOfAny(".eE") < 0)
            return written == "-0" ? "0" : written;
        var value = double.Parse(written, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsInfinity(value))
            return value > 0 ? "Infinity" : "-Infinity";
        if (value == 0)
            return double.IsNegative(value) ? "-0.0" : "0.0";
        var (digits, exponent) = Shortest(Math.Abs(value));
        var sign = value < 0 ? "-" : "";
        if (exponent is < -4 or >= 16)
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        digits = digits.PadRight(exponent + 2, '0');
        return $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    // The significant digits, and the power of ten of the first one.
    private static (string Digits, int Exponent) Shortest(double value)
    {
        var round = value.ToString("R", CultureInfo.InvariantCulture);
        var end = round.IndexOf('E');
        var exponent = end < 0 ? 0 : int.Parse(round.AsSpan(end + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = end < 0 ? round : round[..end];
        var point = mantissa.IndexOf('.');
        var digits = mantissa.Replace(".", "");
        var zeros = digits.Length - digits.TrimStart('0').Length;
        return (digits.Trim('0'), exponent + (point < 0 ? mantissa.Length : point) - 1 - zeros);
    }

    private static void Letters(string letters, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in letters)
        {
            switch (c)
            {
                case '"':
                    text.Append("\\\"");
                    break;
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\b':
                    text.Append("\\b");
                    break;
                case '\f':
                    text.Append("\\f");
                    break;
                case < ' ':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }
        text.Append('"');
    }
}
