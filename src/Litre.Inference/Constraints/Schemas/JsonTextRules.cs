using System.Text;
using System.Text.Json;
using Litre.Inference.Constraints.Automata;
using Litre.Inference.Constraints.Expressions;

namespace Litre.Inference.Constraints.Schemas;

/// <summary>The rules of JSON that all schemas share: white space, strings, literals, and values of any form.</summary>
internal sealed class JsonTextRules
{
    // Deeper than this, answers are no longer indented further; more would let an answer consist of spaces.
    private const int MaxIndent = 48;

    private readonly GrammarBuilder _builder;
    private readonly GrammarRule _character;
    private GrammarRule? _anyValue;
    private GrammarRule? _anyObject;
    private GrammarRule? _anyArray;
    private GrammarRule? _anyString;

    public JsonTextRules(GrammarBuilder builder)
    {
        _builder = builder;
        Space = builder.AddRule();
        AddSpace(Space);
        _character = builder.AddRule();
        AddCharacter(_character.Start, _character.End);
    }

    /// <summary>White space around values: none, one space, or a line end with an indentation.</summary>
    public GrammarRule Space { get; }

    public GrammarRule AnyString => _anyString ??= New(rule => AddString(rule, 0, null));

    public GrammarRule AnyArray => _anyArray ?? NewAny(ref _anyArray, AddAnyArray);

    public GrammarRule AnyObject => _anyObject ?? NewAny(ref _anyObject, AddAnyObject);

    public GrammarRule AnyValue => _anyValue ?? NewAny(ref _anyValue, AddAnyValue);

    /// <summary>White space.</summary>
    /// <returns>The node after it.</returns>
    public int AddSpace(int from)
    {
        var to = _builder.AddNode();
        _builder.AddCall(from, Space, to, 0);
        return to;
    }

    /// <summary>The space that may follow a colon.</summary>
    public int AddColon(int from)
    {
        var (colon, to) = (_builder.AddText(from, ":"u8), _builder.AddNode());
        _builder.AddEmpty(colon, to);
        _builder.AddBytes(colon, (byte)' ', (byte)' ', to);
        return to;
    }

    /// <summary>A string with a number of characters within limits.</summary>
    public void AddString(GrammarRule rule, int least, int? most)
    {
        var at = _builder.AddText(rule.Start, "\""u8);
        var end = _builder.AddNode();
        _builder.AddBytes(end, (byte)'"', (byte)'"', rule.End);
        for (var i = 0; i < (most ?? least); i++)
        {
            if (i >= least)
                _builder.AddEmpty(at, end);
            _builder.SetPlainCharacters(at, most - i ?? int.MaxValue);
            var next = _builder.AddNode();
            _builder.AddCall(at, _character, next, 0);
            at = next;
        }
        _builder.AddEmpty(at, end);
        if (most is not null)
            return;
        // Not by calls: this is where most bytes of an answer are.
        AddCharacter(at, at);
        _builder.SetPlainCharacters(at, int.MaxValue);
    }

    /// <summary>A string whose text an automaton accepts.</summary>
    public void AddString(GrammarRule rule, ByteAutomaton text)
    {
        var (begin, end) = (_builder.AddText(rule.Start, "\""u8), _builder.AddNode());
        _builder.AddAutomaton(begin, text, end, AddEscaped);
        _builder.AddBytes(end, (byte)'"', (byte)'"', rule.End);
    }

    /// <summary>A name that is none of those given. It is written with as few escapes as possible.</summary>
    public void AddNameExcept(int from, IEnumerable<string> names, int to)
    {
        var rule = new GrammarRule(from, to);
        AddString(rule, ExpressionCompiler.Any.Except(ByteAutomaton.Of(names.Select(Encoding.UTF8.GetBytes))));
    }

    /// <summary>A string as it is written in JSON.</summary>
    public static byte[] Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            var escape = Escapes.IndexOf(c, StringComparison.Ordinal);
            if (escape >= 0)
                quoted.Append('\\').Append(EscapeLetters[escape]);
            else if (c < ' ')
                quoted.Append($"\\u{(int)c:x4}");
            else
                quoted.Append(c);
        }
        return Encoding.UTF8.GetBytes(quoted.Append('"').ToString());
    }

    /// <summary>A value as it is written in JSON, without white space.</summary>
    public static byte[] Write(JsonElement value)
    {
        var text = new List<byte>();
        Append(value);
        return [.. text];

        void Append(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.String:
                    text.AddRange(Quote(element.GetString()!));
                    break;
                case JsonValueKind.Array:
                    text.Add((byte)'[');
                    foreach (var (item, i) in element.EnumerateArray().Select((e, i) => (e, i)))
                    {
                        if (i > 0)
                            text.Add((byte)',');
                        Append(item);
                    }
                    text.Add((byte)']');
                    break;
                case JsonValueKind.Object:
                    text.Add((byte)'{');
                    foreach (var (property, i) in element.EnumerateObject().Select((e, i) => (e, i)))
                    {
                        if (i > 0)
                            text.Add((byte)',');
                        text.AddRange(Quote(property.Name));
                        text.Add((byte)':');
                        Append(property.Value);
                    }
                    text.Add((byte)'}');
                    break;
                default:
                    text.AddRange(Encoding.UTF8.GetBytes(element.GetRawText()));
                    break;
            }
        }
    }

    // One letter in EscapeLetters for each character here.
    private const string Escapes = "\"\\\b\f\n\r\t";
    private const string EscapeLetters = "\"\\bfnrt";

    private GrammarRule New(Action<GrammarRule> add)
    {
        var rule = _builder.AddRule();
        add(rule);
        return rule;
    }

    // The rule is known before its content, which may call it.
    private GrammarRule NewAny(ref GrammarRule? known, Action<GrammarRule> add)
    {
        var rule = _builder.AddRule();
        known = rule;
        add(rule);
        return rule;
    }

    private void AddSpace(GrammarRule rule)
    {
        _builder.AddEmpty(rule.Start, rule.End);
        _builder.AddBytes(rule.Start, (byte)' ', (byte)' ', rule.End);
        var at = _builder.AddText(rule.Start, "\n"u8);
        for (var i = 0; i < MaxIndent; i++)
        {
            _builder.AddEmpty(at, rule.End);
            at = _builder.AddText(at, " "u8);
        }
        _builder.AddEmpty(at, rule.End);
    }

    // One character of a string, plain or escaped. An escape is never half of a surrogate pair.
    private void AddCharacter(int from, int to)
    {
        AddRange(from, to, [new(' ', '!'), new('#', '['), new(']', 0xD7FF), new(0xE000, CodePointRange.Last)]);
        var escape = _builder.AddText(from, "\\"u8);
        foreach (var c in "\"\\/bfnrt"u8)
            _builder.AddBytes(escape, c, c, to);
        var unicode = _builder.AddText(escape, "u"u8);
        // 0 to D7FF and E000 to FFFF, or D800 to DBFF and then DC00 to DFFF.
        var (second, third, fourth) = (_builder.AddNode(), _builder.AddNode(), _builder.AddNode());
        AddHexadecimal(unicode, 0, 12, second);
        AddHexadecimal(unicode, 14, 15, second);
        AddHexadecimal(second, 0, 15, third);
        AddHexadecimal(third, 0, 15, fourth);
        AddHexadecimal(fourth, 0, 15, to);
        var surrogate = _builder.AddNode();
        AddHexadecimal(unicode, 13, 13, surrogate);
        AddHexadecimal(surrogate, 0, 7, third);
        var high = Hexadecimal(Hexadecimal(Hexadecimal(surrogate, 8, 11), 0, 15), 0, 15);
        var low = Hexadecimal(_builder.AddText(high, "\\u"u8), 13, 13);
        AddHexadecimal(Hexadecimal(Hexadecimal(low, 12, 15), 0, 15), 0, 15, to);

        int Hexadecimal(int node, int least, int most)
        {
            var next = _builder.AddNode();
            AddHexadecimal(node, least, most, next);
            return next;
        }
    }

    private void AddHexadecimal(int from, int least, int most, int to)
    {
        for (var digit = least; digit <= most; digit++)
        {
            foreach (var c in $"{digit:x}{digit:X}".Distinct())
                _builder.AddBytes(from, (byte)c, (byte)c, to);
        }
    }

    private void AddRange(int from, int to, IEnumerable<CodePointRange> ranges)
    {
        foreach (var range in ranges)
        foreach (var sequence in range.Utf8())
        {
            var at = from;
            for (var i = 0; i < sequence.Length; i++)
            {
                var next = i == sequence.Length - 1 ? to : _builder.AddNode();
                _builder.AddBytes(at, sequence[i].Low, sequence[i].High, next);
                at = next;
            }
        }
    }

    // Control characters without a letter of their own do not occur.
    private void AddEscaped(int from, ByteEdge edge)
    {
        AddPart(0x20, '"' - 1);
        AddPart('"' + 1, '\\' - 1);
        AddPart('\\' + 1, 0xFF);
        int? escape = null;
        for (var i = 0; i < Escapes.Length; i++)
        {
            if (Escapes[i] < edge.Low || Escapes[i] > edge.High)
                continue;
            escape ??= _builder.AddText(from, "\\"u8);
            _builder.AddBytes(escape.Value, (byte)EscapeLetters[i], (byte)EscapeLetters[i], edge.Target);
        }

        void AddPart(int low, int high)
        {
            var (from1, to1) = (Math.Max(low, edge.Low), Math.Min(high, edge.High));
            if (from1 <= to1)
                _builder.AddBytes(from, (byte)from1, (byte)to1, edge.Target);
        }
    }

    private void AddAnyValue(GrammarRule rule)
    {
        foreach (var kind in (GrammarRule[])[AnyObject, AnyArray, AnyString])
            _builder.AddCall(rule.Start, kind, rule.End, 0);
        _builder.AddTexts(rule.Start, ["true"u8.ToArray(), "false"u8.ToArray(), "null"u8.ToArray()], rule.End);
        NumberRules.Add(_builder, rule.Start, rule.End, default, isInteger: false);
    }

    private void AddAnyObject(GrammarRule rule)
    {
        var open = _builder.AddText(rule.Start, "{"u8);
        _builder.AddBytes(open, (byte)'}', (byte)'}', rule.End);
        var (name, named, value) = (AddSpace(open), _builder.AddNode(), _builder.AddNode());
        _builder.AddCall(name, AnyString, named, 0);
        _builder.AddCall(AddColon(named), AnyValue, value, 1);
        _builder.AddEmpty(AddSpace(_builder.AddText(value, ","u8)), name);
        _builder.AddBytes(AddSpace(value), (byte)'}', (byte)'}', rule.End);
    }

    private void AddAnyArray(GrammarRule rule)
    {
        var open = _builder.AddText(rule.Start, "["u8);
        _builder.AddBytes(open, (byte)']', (byte)']', rule.End);
        var (item, after) = (AddSpace(open), _builder.AddNode());
        _builder.AddCall(item, AnyValue, after, 1);
        _builder.AddEmpty(AddSpace(_builder.AddText(after, ","u8)), item);
        _builder.AddBytes(AddSpace(after), (byte)']', (byte)']', rule.End);
    }
}
