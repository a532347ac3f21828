using System.Text;
using Litre.Data.Chat;

namespace Litre.Server.Answers;

/// <summary>
/// Splits the text of an answer into its thought, its text and its function calls as it arrives. A call that is incomplete or malformed
/// stays text. If arguments are passed on before the call is complete, a call that turns out to be malformed stays a call, and the rest of
/// its text is added to its arguments. Not thread-safe.
/// </summary>
public sealed class AnswerParser
{
    private readonly AnswerMarkup _markup;
    private readonly AnswerReading _reading;
    private readonly bool _passesArguments;
    private readonly string _close; // the mark after a call; empty if it has none
    private readonly StringBuilder _arguments = new(); // read and not passed on
    private List<AnswerPart> _parts = [];
    private Place _place;
    private string _held = ""; // text that is not read yet
    private bool _hasReasoning;
    private bool _hasContent;
    private IToolCallReader? _call;
    private string _spaces = ""; // between the text and the call
    private readonly StringBuilder _raw = new(); // the call's text so far
    private int _started; // calls that were passed on
    private bool _isStarted;

    /// <param name="markup">The marks of the checkpoint's answers.</param>
    /// <param name="reading">What the answer can contain.</param>
    /// <param name="passesArguments">Whether arguments are passed on as they arrive, rather than with the complete call.</param>
    public AnswerParser(AnswerMarkup markup, AnswerReading reading, bool passesArguments)
    {
        (_markup, _reading, _passesArguments) = (markup, reading, passesArguments);
        _place =
            reading is AnswerReading.Constrained ? Place.Content
            : reading is AnswerReading.ForcedCall ? Place.Call
            : markup.StartsInThought ? Place.Thought
            : Place.Beginning;
        _close = reading == AnswerReading.ForcedCall ? "" : markup.Calls?.Close ?? "";
        if (reading == AnswerReading.ForcedCall)
            _call = JsonToolCalls.Instance.CreateReader();
    }

    private enum Place
    {
        Beginning,
        Thought,
        Content,
        Call,
        AfterCall,
        MalformedCall,
    }

    /// <summary>The number of calls that are complete and well-formed.</summary>
    public int Calls { get; private set; }

    private bool ReadsCalls => _reading is AnswerReading.Calls or AnswerReading.SingleCall && _markup.Calls != null;

    /// <summary>The parts that a piece of text completes.</summary>
    public IReadOnlyList<AnswerPart> Push(string text)
    {
        _parts = [];
        _held += text;
        while (Advance()) { }
        return _parts;
    }

    /// <summary>The parts that were held back, at the end of the answer.</summary>
    public IReadOnlyList<AnswerPart> Finish()
    {
        Push("");
        switch (_place)
        {
            case Place.Content when _started > 0 && string.IsNullOrWhiteSpace(_held):
                break; // what follows a call as a rule
            case Place.Beginning or Place.Content:
                Emit(_hasContent || _reading == AnswerReading.Constrained ? _held : _held.TrimStart());
                break;
            case Place.Thought:
                EmitReasoning(_held.TrimEnd());
                break;
            case Place.Call when !_isStarted:
                Emit(_spaces + _raw + _held);
                break;
            case Place.MalformedCall:
                EmitArguments(_held);
                break;
        }
        _held = "";
        return _parts;
    }

    /// <summary>True if the place has changed, so that there may be more to read.</summary>
    private bool Advance() =>
        _place switch
        {
            Place.Beginning => Begin(),
            Place.Thought => ReadThought(),
            Place.Content => ReadContent(),
            Place.Call => ReadCall(),
            Place.AfterCall => EndCall(),
            _ => ReadMalformed(),
        };

    private bool Begin()
    {
        var text = _held.TrimStart();
        if (_markup.Thought is not { } thought)
            return Go(Place.Content, text);
        if (text.StartsWith(thought.Open, StringComparison.Ordinal))
            return Go(Place.Thought, text[thought.Open.Length..]);
        return !thought.Open.StartsWith(text, StringComparison.Ordinal) && Go(Place.Content, text);
    }

    private bool ReadThought()
    {
        var (open, close) = _markup.Thought!.Value;
        if (!_hasReasoning)
        {
            _held = _held.TrimStart();
            if (_markup.StartsInThought && _held.StartsWith(open, StringComparison.Ordinal))
                _held = _held[open.Length..].TrimStart(); // opened again
            if (_markup.StartsInThought && _held.Length > 0 && open.StartsWith(_held, StringComparison.Ordinal))
                return false;
        }
        var end = _held.IndexOf(close, StringComparison.Ordinal);
        if (end >= 0)
        {
            EmitReasoning(_held[..end].TrimEnd());
            return Go(Place.Content, _held[(end + close.Length)..]);
        }
        var safe = _held.AsSpan(0, _held.Length - PartOf(close)).TrimEnd().Length;
        EmitReasoning(_held[..safe]);
        _held = _held[safe..];
        return false;
    }

    private bool ReadContent()
    {
        if (!_hasContent && _reading != AnswerReading.Constrained)
            _held = _held.TrimStart();
        if (!ReadsCalls)
        {
            Emit(_held);
            _held = "";
            return false;
        }
        var open = _markup.Calls!.Open;
        var start = _held.IndexOf(open, StringComparison.Ordinal);
        var safe = _held.AsSpan(0, start < 0 ? _held.Length - PartOf(open) : start).TrimEnd().Length;
        Emit(_held[..safe]);
        if (start < 0)
        {
            _held = _held[safe..];
            return false;
        }
        _spaces = _held[safe..start];
        _raw.Clear().Append(open);
        _call = _markup.Calls.CreateReader();
        return Go(Place.Call, _held[(start + open.Length)..]);
    }

    private bool ReadCall()
    {
        var read = _call!.Read(_held, _arguments);
        _raw.Append(_held, 0, read);
        _held = _held[read..];
        if (_call.State == ToolCallState.Invalid && _isStarted)
        {
            EmitArguments(_arguments.ToString());
            _arguments.Clear();
            return Go(Place.MalformedCall, _held);
        }
        if (_call.State == ToolCallState.Invalid)
        {
            Emit(_spaces + _raw);
            _arguments.Clear();
            return Go(Place.Content, _held);
        }
        var isComplete = _call.State == ToolCallState.Complete;
        if (_arguments.Length > 0 && (_passesArguments || isComplete))
        {
            if (!_isStarted)
                _parts.Add(new CallStart(_started++, _call.Name!));
            _isStarted = true;
            EmitArguments(_arguments.ToString());
            _arguments.Clear();
        }
        if (!isComplete)
            return false;
        Calls++;
        _isStarted = false;
        return Go(Place.AfterCall, _held);
    }

    private bool EndCall()
    {
        var close = _close;
        var text = _held.TrimStart();
        if (text.Length < close.Length && close.StartsWith(text, StringComparison.Ordinal))
            return false;
        return Go(Place.Content, text.StartsWith(close, StringComparison.Ordinal) ? text[close.Length..] : _held);
    }

    private bool ReadMalformed()
    {
        var end = _close.Length == 0 ? -1 : _held.IndexOf(_close, StringComparison.Ordinal);
        var safe = end >= 0 ? end : _held.Length - PartOf(_close);
        EmitArguments(_held[..safe]);
        if (end < 0)
        {
            _held = _held[safe..];
            return false;
        }
        _isStarted = false;
        return Go(Place.Content, _held[(end + _close.Length)..]);
    }

    private bool Go(Place place, string held)
    {
        (_place, _held) = (place, held);
        return true;
    }

    // The length of the end of the text that may become a mark.
    private int PartOf(string mark)
    {
        for (var length = Math.Min(mark.Length - 1, _held.Length); length > 0; length--)
        {
            if (mark.AsSpan().StartsWith(_held.AsSpan(_held.Length - length), StringComparison.Ordinal))
                return length;
        }
        return 0;
    }

    private void EmitReasoning(string text)
    {
        if (text.Length == 0)
            return;
        _hasReasoning = true;
        _parts.Add(new ReasoningPart(text));
    }

    private void Emit(string text)
    {
        if (text.Length == 0)
            return;
        _hasContent = true;
        _parts.Add(new TextPart(text));
    }

    private void EmitArguments(string json)
    {
        if (json.Length > 0)
            _parts.Add(new CallArguments(_started - 1, json));
    }
}
