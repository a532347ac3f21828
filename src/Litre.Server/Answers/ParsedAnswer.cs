using System.Text;
using Litre.Data.Chat;

namespace Litre.Server.Answers;

/// <summary>A whole answer, collected from its parts. Not thread-safe.</summary>
public sealed class ParsedAnswer
{
    private readonly StringBuilder _reasoning = new();
    private readonly StringBuilder _text = new();
    private readonly List<(string Name, StringBuilder Arguments)> _calls = [];

    /// <summary>The thought; empty if there is none.</summary>
    public string Reasoning => _reasoning.ToString();

    public string Text => _text.ToString();

    public IReadOnlyList<ToolCall> Calls => [.. _calls.Select(c => new ToolCall(c.Name, c.Arguments.ToString()))];

    public void Add(IEnumerable<AnswerPart> parts)
    {
        foreach (var part in parts)
        {
            switch (part)
            {
                case ReasoningPart reasoning:
                    _reasoning.Append(reasoning.Text);
                    break;
                case TextPart text:
                    _text.Append(text.Text);
                    break;
                case CallStart call:
                    _calls.Add((call.Name, new StringBuilder()));
                    break;
                case CallArguments arguments:
                    _calls[arguments.Index].Arguments.Append(arguments.Json);
                    break;
            }
        }
    }
}
