using System.Globalization;
using System.Text;

namespace Litre.Data.Formats;

/// <summary>
/// Reads a list as Python prints it: strings in either kind of quotes with escapes, numbers, True, False and None; commas may be
/// missing, as NumPy prints lists.
/// </summary>
internal static class PythonList
{
    /// <summary>The items; null if the text is not such a list.</summary>
    public static List<object?>? Read(string text)
    {
        var items = new List<object?>();
        text = text.Trim();
        if (text.Length < 2 || text[0] != '[' || text[^1] != ']')
            return null;
        var at = 1;
        while (true)
        {
            while (at < text.Length - 1 && (char.IsWhiteSpace(text[at]) || text[at] == ','))
                at++;
            if (at >= text.Length - 1)
                return items;
            if (text[at] is '\'' or '"')
            {
                if (Quoted(text, ref at) is not { } quoted)
                    return null;
                items.Add(quoted);
                continue;
            }
            var end = at;
            while (end < text.Length - 1 && text[end] != ',' && !char.IsWhiteSpace(text[end]))
                end++;
            var word = text[at..end];
            at = end;
            if (word is "True" or "False")
                items.Add(word == "True");
            else if (word == "None")
                items.Add(null);
            else if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
                items.Add(word);
            else
                return null;
        }
    }

    private static string? Quoted(string text, ref int at)
    {
        var quote = text[at++];
        var read = new StringBuilder();
        for (; at < text.Length - 1; at++)
        {
            if (text[at] == quote)
            {
                at++;
                // A quote before a comma or bracket ends an item; before anything else it is an apostrophe.
                return at == text.Length - 1 || text[at] is ',' or '\'' or '"' || char.IsWhiteSpace(text[at]) ? read.ToString() : null;
            }
            if (text[at] != '\\')
            {
                read.Append(text[at]);
                continue;
            }
            if (++at >= text.Length - 1)
                return null;
            switch (text[at])
            {
                case 'n':
                    read.Append('\n');
                    break;
                case 't':
                    read.Append('\t');
                    break;
                case 'r':
                    read.Append('\r');
                    break;
                case 'x' when Code(text, at + 1, 2) is { } code:
                    read.Append(code);
                    at += 2;
                    break;
                case 'u' when Code(text, at + 1, 4) is { } code:
                    read.Append(code);
                    at += 4;
                    break;
                case '\\' or '\'' or '"':
                    read.Append(text[at]);
                    break;
                default:
                    read.Append('\\').Append(text[at]);
                    break; // Python keeps an unknown escape
            }
        }
        return null;
    }

    private static char? Code(string text, int at, int digits) =>
        at + digits <= text.Length
        && int.TryParse(text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? (char)code
            : null;
}
