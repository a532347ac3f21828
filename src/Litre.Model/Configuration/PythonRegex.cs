using System.Text;
using System.Text.RegularExpressions;
using Litre.Core;

namespace Litre.Model.Configuration;

/// <summary>A regular expression from one of PEFT's files. Python's syntax is translated where .NET's differs.</summary>
internal sealed class PythonRegex
{
    // A foreign file must not stall the program; a module's name has about sixty characters.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly Regex _regex;
    private readonly string _shown;
    private readonly string _where;

    /// <param name="expression">The expression to match, including its anchors.</param>
    /// <param name="shown">The expression as the user wrote it.</param>
    /// <param name="where">File and field, for messages.</param>
    internal PythonRegex(string expression, string shown, string where)
    {
        (_shown, _where) = (shown, where);
        try
        {
            _regex = new Regex(Translate(expression), RegexOptions.CultureInvariant, Timeout);
        }
        catch (ArgumentException e)
        {
            throw new InputException($"{where}: {shown} is not a valid regular expression ({e.Message}); correct it", e);
        }
    }

    internal bool IsMatch(string text) => Match(text).Success;

    internal Match Match(string text)
    {
        try
        {
            return _regex.Match(text);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InputException(
                $"{_where}: {_shown} needs more than {Timeout.TotalSeconds:F0} s to match {text}; write a simpler expression",
                e
            );
        }
    }

    /// <summary>Named groups, the end of the text and open lower bounds are written differently.</summary>
    private static string Translate(string expression)
    {
        var result = new StringBuilder(expression.Length);
        for (var i = 0; i < expression.Length; i++)
        {
            var rest = expression.AsSpan(i);
            if (rest.StartsWith("(?P<"))
            {
                result.Append("(?<");
                i += 3;
            }
            else if (rest.StartsWith("(?P=") && rest.IndexOf(')') is > 0 and var end)
            {
                result.Append(@"\k<").Append(rest[4..end]).Append('>');
                i += end;
            }
            else if (rest.StartsWith("{,"))
            {
                result.Append("{0,");
                i++;
            }
            else if (rest[0] == '\\' && rest.Length > 1)
            {
                result.Append('\\').Append(rest[1] == 'Z' ? 'z' : rest[1]);
                i++;
            }
            else
            {
                result.Append(rest[0]);
            }
        }
        return result.ToString();
    }
}
