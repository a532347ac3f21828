using System.Net;
using System.Text.RegularExpressions;
using Litre.Core;

namespace Litre.Privacy.Reports;

/// <summary>Texts as HTML.</summary>
internal static partial class PageText
{
    /// <summary>Escapes a text.</summary>
    public static string Of(string text) => WebUtility.HtmlEncode(VisibleText.OneLine(text));

    /// <summary>A sentence of the program: text in backticks is shown as code.</summary>
    public static string Sentence(string text) => Quoted().Replace(Of(text), "<code>$1</code>");

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
