using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Litre.Reporting;

/// <summary>Builds HTML from elements, attributes and texts; all texts and attribute values are escaped. Not thread-safe.</summary>
internal sealed partial class HtmlBuilder
{
    private readonly StringBuilder _html = new();
    private readonly Stack<string> _open = new();

    /// <summary>Opens an element; <see cref="Close"/> ends it.</summary>
    /// <param name="tag">For example <c>section</c>.</param>
    /// <param name="style">Its classes, or null.</param>
    /// <param name="attributes">Other attributes; one with an empty value is written without a value.</param>
    public HtmlBuilder Open(string tag, string? style = null, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Tag(tag, style, attributes);
        _open.Push(tag);
        return this;
    }

    /// <summary>Ends the element opened last.</summary>
    public HtmlBuilder Close()
    {
        _html.Append("</").Append(_open.Pop()).Append('>');
        return this;
    }

    /// <summary>An element with a text.</summary>
    public HtmlBuilder Leaf(string tag, string text, string? style = null, params ReadOnlySpan<(string Name, string Value)> attributes) =>
        Open(tag, style, attributes).Text(text).Close();

    /// <summary>An element with a sentence of the program: text in backticks, a setting or a command, is shown as code.</summary>
    public HtmlBuilder Sentence(string tag, string text, string? style = null) =>
        Open(tag, style).Raw(Quoted().Replace(Escape(text), "<code>$1</code>")).Close();

    /// <summary>An element without content, such as an image.</summary>
    public HtmlBuilder Void(string tag, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Tag(tag, null, attributes);
        return this;
    }

    public HtmlBuilder Text(string text)
    {
        _html.Append(Escape(text));
        return this;
    }

    /// <summary>Unescaped HTML, for which the caller is responsible.</summary>
    public HtmlBuilder Raw(string html)
    {
        _html.Append(html);
        return this;
    }

    public override string ToString() => _html.ToString();

    /// <summary>Escapes a text for an element or an attribute.</summary>
    public static string Escape(string text) =>
        // Models with random weights produce control characters, which are not allowed in HTML.
        WebUtility.HtmlEncode(string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c)));

    private void Tag(string tag, string? style, ReadOnlySpan<(string Name, string Value)> attributes)
    {
        _html.Append('<').Append(tag);
        if (style is { Length: > 0 })
            _html.Append(" class=\"").Append(Escape(style)).Append('"');
        foreach (var (name, value) in attributes)
        {
            _html.Append(' ').Append(name);
            if (value.Length > 0)
                _html.Append("=\"").Append(Escape(value)).Append('"');
        }
        _html.Append('>');
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
