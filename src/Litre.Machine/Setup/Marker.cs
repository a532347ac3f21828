using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Litre.Machine.Setup;

/// <summary>
/// The condition of a requirement (PEP 508), for example <c>platform_system == "Linux" and extra == 'cublas'</c>. What
/// depends on Python's version counts as true: no Python runs here, and an extra library does no harm.
/// </summary>
internal sealed partial class Marker
{
    private readonly List<string> _tokens;
    private readonly Dictionary<string, string> _values;
    private readonly IReadOnlyCollection<string> _extras;
    private int _at;

    private Marker(string text, Architecture architecture, IReadOnlyCollection<string> extras)
    {
        _tokens = [.. Token().Matches(text).Select(match => match.Value)];
        _extras = extras;
        _values = new()
        {
            ["platform_system"] = "Linux",
            ["sys_platform"] = "linux",
            ["os_name"] = "posix",
            ["platform_machine"] = WheelName.Machine(architecture),
            ["implementation_name"] = "cpython",
            ["platform_python_implementation"] = "CPython",
        };
    }

    /// <param name="text">The condition; an empty one is satisfied.</param>
    /// <param name="architecture">The machine's.</param>
    /// <param name="extras">The extras requested in brackets after the package's name.</param>
    public static bool IsSatisfied(string text, Architecture architecture, IReadOnlyCollection<string> extras) =>
        text.Trim().Length == 0 || new Marker(text, architecture, extras).Or();

    private bool Or()
    {
        var holds = And();
        while (Take("or"))
            holds |= And();
        return holds;
    }

    private bool And()
    {
        var holds = Single();
        while (Take("and"))
            holds &= Single();
        return holds;
    }

    private bool Single()
    {
        if (Take("("))
        {
            var inner = Or();
            Take(")");
            return inner;
        }
        var (left, sign, right) = (Next(), Next(), Next());
        if (sign == "not")
            (sign, right) = ("not in", Next()); // "not" "in" "x"
        // Either side may be the literal.
        var (name, text) = left.StartsWith('"') || left.StartsWith('\'') ? (right, left) : (left, right);
        text = text.Trim('"', '\'');
        if (name == "extra")
            return _extras.Contains(WheelName.Normalize(text)) == (sign != "!=");
        if (!_values.TryGetValue(name, out var value))
            return true;
        return sign switch
        {
            "==" => value == text,
            "!=" => value != text,
            "in" => text.Contains(value, StringComparison.Ordinal),
            "not in" => !text.Contains(value, StringComparison.Ordinal),
            _ => true,
        };
    }

    private bool Take(string token)
    {
        if (_at >= _tokens.Count || _tokens[_at] != token)
            return false;
        _at++;
        return true;
    }

    private string Next() => _at < _tokens.Count ? _tokens[_at++] : "";

    [GeneratedRegex("""\(|\)|"[^"]*"|'[^']*'|[<>=!~]+|[\w.]+""")]
    private static partial Regex Token();
}
