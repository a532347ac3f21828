using System.Globalization;
using System.Text;
using Litre.Inference.Constraints.Automata;

namespace Litre.Inference.Constraints.Expressions;

/// <summary>
/// Reads the part of regular expressions that JavaScript, .NET and Python have in common: classes, groups, alternatives, quantifiers,
/// anchors. Look-ahead is supported at the beginning of the text alone, where it restricts the whole text.
/// </summary>
internal sealed class ExpressionParser
{
    private const int MaxNesting = 100;
    private const int MaxRepeat = 10_000;

    private readonly int[] _text;
    private readonly bool _isWhole;
    private readonly List<(ExpressionNode, bool)> _lookAheads = [];
    private int _at;
    private int _nesting;

    private ExpressionParser(string text, bool isWhole)
    {
        _text = [.. text.EnumerateRunes().Select(r => r.Value)];
        _isWhole = isWhole;
    }

    /// <param name="text">The expression.</param>
    /// <param name="isWhole">Whether the expression must match the whole text rather than a part of it.</param>
    /// <exception cref="ExpressionException">It is damaged or uses something that is not supported.</exception>
    public static ParsedExpression Parse(string text, bool isWhole)
    {
        var parser = new ExpressionParser(text, isWhole);
        var root = parser.Choice();
        if (parser._at < parser._text.Length)
            throw parser.Error("')' without '('");
        return new(root, parser._lookAheads);
    }

    private ExpressionNode Choice()
    {
        if (++_nesting > MaxNesting)
            throw Error($"groups are nested more than {MaxNesting} levels deep");
        var parts = new List<ExpressionNode> { Sequence() };
        while (Take('|'))
            parts.Add(Sequence());
        if (--_nesting == 0 && parts.Count > 1 && _lookAheads.Count > 0)
            throw new ExpressionException("look-ahead is not supported in one of several alternatives");
        return parts.Count == 1 ? parts[0] : new ChoiceNode(parts);
    }

    private ExpressionNode Sequence()
    {
        var parts = new List<ExpressionNode>();
        while (_at < _text.Length && _text[_at] is not ('|' or ')'))
        {
            if (LookAhead(parts))
                continue;
            parts.Add(Quantified(Atom()));
        }
        return parts.Count == 1 ? parts[0] : new SequenceNode(parts);
    }

    private bool LookAhead(List<ExpressionNode> before)
    {
        if (!(Follows("(?=") || Follows("(?!")))
            return false;
        var negated = _text[_at + 2] == '!';
        var isAtStart = before.All(p => p is AnchorNode { Condition: EdgeCondition.Start }) && (_isWhole || before.Count > 0);
        if (_nesting != 1 || !isAtStart)
            throw Error("look-ahead is supported only at the beginning of the text (after '^')");
        _at += 3;
        var part = Choice();
        if (!Take(')'))
            throw Error("'(' without ')'");
        _lookAheads.Add((part, negated));
        return true;
    }

    private ExpressionNode Atom()
    {
        var c = _text[_at++];
        switch (c)
        {
            case '.':
                // As in JavaScript: no line ends.
                return new CharacterNode(CodePointRange.Complement([new('\n', '\n'), new('\r', '\r'), new(0x2028, 0x2029)]));
            case '^':
                return new AnchorNode(EdgeCondition.Start);
            case '$':
                return new AnchorNode(EdgeCondition.End);
            case '[':
                return new CharacterNode(Class());
            case '(':
                return Group();
            case '\\':
                return Escape();
            case '*' or '+' or '?':
                throw Error($"nothing before '{(char)c}' to repeat", -1);
            case '{' when IsQuantifier(_at - 1):
                throw Error("nothing before '{' to repeat", -1);
            default:
                return Single(c);
        }
    }

    private ExpressionNode Group()
    {
        if (Take('?'))
        {
            if (Follows("=") || Follows("!"))
                throw Error("look-ahead is supported only at the beginning of the text (after '^')", -2);
            if (Follows("<=") || Follows("<!"))
                throw Error("look-behind is not supported", -2);
            if (Follows(">"))
                throw Error("an atomic group is not supported", -2);
            if (Follows("("))
                throw Error("a conditional group is not supported", -2);
            if (Follows("P<"))
                _at++;
            if (Take('<'))
            {
                while (_at < _text.Length && _text[_at] != '>')
                    _at++;
                if (!Take('>'))
                    throw Error("the name of a group has no '>'");
            }
            else if (!Take(':'))
            {
                throw Error("inline flags are not supported", -2);
            }
        }
        var part = Choice();
        return Take(')') ? part : throw Error("'(' without ')'");
    }

    private ExpressionNode Quantified(ExpressionNode part)
    {
        var start = _at;
        (int Least, int? Most) range;
        if (Take('*'))
            range = (0, null);
        else if (Take('+'))
            range = (1, null);
        else if (Take('?'))
            range = (0, 1);
        else if (_at < _text.Length && _text[_at] == '{' && IsQuantifier(_at))
            range = Braces();
        else
            return part;
        if (part is AnchorNode)
            throw Error("an anchor cannot be repeated", start - _at);
        if (range.Most < range.Least)
            throw Error("the numbers of a quantifier are in the wrong order", start - _at);
        // Which match is preferred makes no difference to which texts match.
        Take('?');
        if (_at < _text.Length && _text[_at] is '*' or '+')
            throw Error(_text[_at] == '+' ? "a possessive quantifier is not supported" : "a quantifier follows a quantifier");
        return new RepeatNode(part, range.Least, range.Most);
    }

    // Whether braces are a quantifier; otherwise they are text.
    private bool IsQuantifier(int at)
    {
        var i = at + 1;
        while (i < _text.Length && _text[i] is >= '0' and <= '9')
            i++;
        if (i == at + 1)
            return false;
        if (i < _text.Length && _text[i] == ',')
            i++;
        while (i < _text.Length && _text[i] is >= '0' and <= '9')
            i++;
        return i < _text.Length && _text[i] == '}';
    }

    private (int Least, int? Most) Braces()
    {
        _at++;
        var least = Number();
        int? most = least;
        if (Take(','))
            most = _text[_at] == '}' ? null : Number();
        _at++;
        return (least, most);
    }

    private int Number()
    {
        var value = 0;
        for (; _text[_at] is >= '0' and <= '9'; _at++)
        {
            value = value * 10 + _text[_at] - '0';
            if (value > MaxRepeat)
                throw Error($"a quantifier above {MaxRepeat:N0} is not supported");
        }
        return value;
    }

    private CodePointRange[] Class()
    {
        var start = _at;
        var negated = Take('^');
        var ranges = new List<CodePointRange>();
        while (true)
        {
            if (_at >= _text.Length)
                throw Error("'[' without ']'", start - _at - 1);
            if (Take(']'))
                break;
            var first = ClassItem();
            if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']')
            {
                _at++;
                var last = ClassItem();
                if (first.Length != 1 || last.Length != 1 || first[0].Low != first[0].High || last[0].Low != last[0].High)
                    throw Error("a range of a class begins or ends with a class");
                if (first[0].Low > last[0].Low)
                    throw Error("a range of a class is in the wrong order");
                ranges.Add(new(first[0].Low, last[0].Low));
            }
            else
            {
                ranges.AddRange(first);
            }
        }
        if (negated)
            return CodePointRange.Complement(ranges);
        return ranges.Count > 0 ? [.. ranges] : throw Error("an empty class matches nothing", start - _at - 1);
    }

    private CodePointRange[] ClassItem()
    {
        if (_at >= _text.Length)
            throw Error("'[' without ']'");
        var c = _text[_at++];
        if (c == '[' && _at < _text.Length && _text[_at] is ':' or '.' or '=')
            throw Error("a POSIX class is not supported", -1);
        if (c != '\\')
            return [new(c, c)];
        if (Follows("b"))
        {
            _at++;
            return [new('\b', '\b')];
        }
        return EscapedRanges();
    }

    private ExpressionNode Escape()
    {
        if (_at < _text.Length)
        {
            var c = _text[_at];
            if (c is >= '1' and <= '9' or 'k')
                throw Error("a backreference is not supported", -1);
            if (c is 'b' or 'B')
                throw Error("a word boundary is not supported", -1);
            if (c is 'A' or 'Z' or 'z' or 'G')
                throw Error($"'\\{(char)c}' is not supported; use '^' and '$'", -1);
        }
        return new CharacterNode(EscapedRanges());
    }

    private CodePointRange[] EscapedRanges()
    {
        if (_at >= _text.Length)
            throw Error("'\\' at the end", -1);
        var c = _text[_at++];
        switch (c)
        {
            case 'd':
                return Digits;
            case 'D':
                return CodePointRange.Complement(Digits);
            case 'w':
                return Words;
            case 'W':
                return CodePointRange.Complement(Words);
            case 's':
                return Spaces;
            case 'S':
                return CodePointRange.Complement(Spaces);
            case 'p' or 'P':
                throw Error("a Unicode category is not supported; name its characters in a class", -2);
            case 'x':
                return One(Hexadecimal(2));
            case 'u':
                return One(Unicode());
            case 'c':
                throw Error("a control character by its letter is not supported; use '\\x' and its number", -2);
        }
        var control = "nrtfv0".IndexOf((char)c, StringComparison.Ordinal);
        if (control >= 0)
            return One("\n\r\t\f\v\0"[control]);
        if (c < 0x80 && char.IsAsciiLetterOrDigit((char)c))
            throw Error($"'\\{(char)c}' is not supported", -2);
        return One(c);

        static CodePointRange[] One(int code) => [new(code, code)];
    }

    private int Unicode()
    {
        if (Take('{'))
        {
            var digits = new StringBuilder();
            while (_at < _text.Length && _text[_at] != '}')
                digits.Append((char)_text[_at++]);
            if (
                !Take('}') || !int.TryParse(digits.ToString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var braced)
            )
                throw Error("'\\u{' needs hexadecimal digits and '}'");
            return Rune.IsValid(braced) ? braced : throw Error("'\\u{…}' is not the number of a character");
        }
        var code = Hexadecimal(4);
        if (code is >= 0xD800 and <= 0xDBFF && Follows("\\u"))
        {
            _at += 2;
            var low = Hexadecimal(4);
            if (low is >= 0xDC00 and <= 0xDFFF)
                return char.ConvertToUtf32((char)code, (char)low);
        }
        return Rune.IsValid(code) ? code : throw Error("half of a character ('\\u' with a surrogate)");
    }

    private int Hexadecimal(int count)
    {
        var value = 0;
        for (var i = 0; i < count; i++, _at++)
        {
            if (_at >= _text.Length || _text[_at] > 'f' || !char.IsAsciiHexDigit((char)_text[_at]))
                throw Error($"expected {count} hexadecimal digits");
            value = value * 16 + Convert.ToInt32(((char)_text[_at]).ToString(), 16);
        }
        return value;
    }

    private bool Take(char c)
    {
        if (_at >= _text.Length || _text[_at] != c)
            return false;
        _at++;
        return true;
    }

    private bool Follows(string text) => text.Select((c, i) => _at + i < _text.Length && _text[_at + i] == c).All(same => same);

    private ExpressionException Error(string reason, int offset = 0) => new($"{reason} (at character {Math.Max(0, _at + offset) + 1})");

    private static CharacterNode Single(int code) => new([new(code, code)]);

    private static readonly CodePointRange[] Digits = [new('0', '9')];
    private static readonly CodePointRange[] Words = [new('0', '9'), new('A', 'Z'), new('_', '_'), new('a', 'z')];

    // As in JavaScript.
    private static readonly CodePointRange[] Spaces =
    [
        new('\t', '\r'),
        new(' ', ' '),
        new(0xA0, 0xA0),
        new(0x1680, 0x1680),
        new(0x2000, 0x200A),
        new(0x2028, 0x2029),
        new(0x202F, 0x202F),
        new(0x205F, 0x205F),
        new(0x3000, 0x3000),
        new(0xFEFF, 0xFEFF),
    ];
}
