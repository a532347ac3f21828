using System.Text;
using System.Text.Json;

namespace Litre.Data.Chat;

/// <summary>
/// Reads <c>{"name": …, "arguments": {…}}</c>. The arguments are passed on as the model writes them; the JSON is checked as a
/// whole when it is complete. Arguments may also be a string of JSON, or be called <c>parameters</c>, and may come before the name.
/// </summary>
internal sealed class JsonCallReader : IToolCallReader
{
    private readonly StringBuilder _all = new();
    private readonly StringBuilder _held = new(); // arguments that come before the name
    private readonly Stack<char> _brackets = new(); // inside a value
    private Place _place = Place.Start;
    private Value _value;
    private int _from; // where the current key or value starts
    private bool _inString;
    private bool _isEscaped;
    private bool _hasArguments;

    private enum Place
    {
        Start,
        KeyOrEnd,
        Key,
        InKey,
        Colon,
        Value,
        InValue,
        AfterValue,
    }

    private enum Value
    {
        Other,
        Name,
        Arguments,
        WrittenArguments,
    }

    public ToolCallState State { get; private set; }

    public string? Name { get; private set; }

    public int Read(ReadOnlySpan<char> text, StringBuilder arguments)
    {
        var count = 0;
        for (; count < text.Length && State == ToolCallState.Reading; count++)
        {
            if (!Accept(text[count], arguments))
            {
                State = ToolCallState.Invalid;
                break;
            }
        }
        return count;
    }

    private bool Accept(char c, StringBuilder arguments)
    {
        var accepted = _place switch
        {
            Place.InKey => InKey(c),
            Place.InValue => InValue(c, arguments),
            _ when c is ' ' or '\n' or '\r' or '\t' => true,
            Place.Start => c == '{' && Go(Place.KeyOrEnd),
            Place.KeyOrEnd or Place.Key => c == '"' && Begin(Place.InKey),
            Place.Colon => c == ':' && Go(Place.Value),
            Place.Value => BeginValue(c, arguments),
            _ => AfterValue(c, arguments),
        };
        if (accepted)
            _all.Append(c);
        return accepted && (State != ToolCallState.Complete || IsJson(_all.ToString()));
    }

    private bool Go(Place place)
    {
        _place = place;
        return true;
    }

    private bool Begin(Place place)
    {
        _from = _all.Length;
        return Go(place);
    }

    private bool InKey(char c)
    {
        if (_isEscaped)
            _isEscaped = false;
        else if (c == '\\')
            _isEscaped = true;
        else if (c == '"')
        {
            if (Text(_all.ToString(_from, _all.Length - _from) + '"') is not { } key)
                return false;
            _value = key switch
            {
                "name" => Value.Name,
                "arguments" or "parameters" => Value.Arguments,
                _ => Value.Other,
            };
            return Go(Place.Colon);
        }
        return true;
    }

    private bool BeginValue(char c, StringBuilder arguments)
    {
        if (_value == Value.Name && (c != '"' || Name != null))
            return false;
        if (_value == Value.Arguments)
        {
            if (c is not ('{' or '"') || _hasArguments)
                return false;
            _hasArguments = true;
            if (c == '"')
                _value = Value.WrittenArguments;
        }
        Begin(Place.InValue);
        if (c is not ('"' or '{' or '[' or '-' or 't' or 'f' or 'n' or (>= '0' and <= '9')))
            return false;
        return InValue(c, arguments);
    }

    // Structure alone; what is between brackets is checked at the end.
    private bool InValue(char c, StringBuilder arguments)
    {
        var ends = false;
        if (_inString)
        {
            if (_isEscaped)
                _isEscaped = false;
            else if (c == '\\')
                _isEscaped = true;
            else if (c == '"')
            {
                _inString = false;
                ends = _brackets.Count == 0;
            }
        }
        else if (c == '"')
            _inString = true;
        else if (c is '{' or '[')
            _brackets.Push(c == '{' ? '}' : ']');
        else if (c is '}' or ']' && _brackets.Count > 0)
        {
            if (_brackets.Pop() != c)
                return false;
            ends = _brackets.Count == 0;
        }
        else if (c == '<' && _brackets.Count > 0)
            return false; // no JSON; most likely the closing tag of an incomplete call
        else if (_brackets.Count == 0 && c is ',' or '}' or ' ' or '\n' or '\r' or '\t' && _brackets.Count == 0)
        {
            // A number or a word ends before the character behind it.
            Go(Place.AfterValue);
            return c is not (',' or '}') || AfterValue(c, arguments);
        }
        if (_value == Value.Arguments)
            (Name == null ? _held : arguments).Append(c);
        return !ends || EndValue(_all.ToString(_from, _all.Length - _from) + c, arguments);
    }

    private bool EndValue(string written, StringBuilder arguments)
    {
        Go(Place.AfterValue);
        if (_value == Value.Name)
        {
            Name = Text(written) is { Length: > 0 } name ? name : null;
            arguments.Append(_held);
            _held.Clear();
            return Name != null;
        }
        if (_value == Value.WrittenArguments)
        {
            if (Text(written) is not { } inner || !IsJson(inner) || inner.AsSpan().TrimStart() is not ['{', ..])
                return false;
            (Name == null ? _held : arguments).Append(inner);
        }
        return true;
    }

    private bool AfterValue(char c, StringBuilder arguments)
    {
        if (c == ',')
            return Go(Place.Key);
        if (c != '}' || Name == null)
            return false;
        if (!_hasArguments)
            arguments.Append("{}");
        State = ToolCallState.Complete;
        return true;
    }

    private static string? Text(string written)
    {
        try
        {
            return JsonSerializer.Deserialize<string>(written);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
