using System.Text;
using Litre.Data.Chat;
using Litre.Server.Answers;

namespace Litre.Server.Tests.Answers;

public sealed class AnswerParserTests
{
    private const string Weather =
        "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Köln\", \"days\": [1, 2]}}\n</tool_call>";

    private static readonly AnswerMarkup Markup = new() { Thought = (Thoughts.Open, Thoughts.Close), Calls = JsonToolCalls.Instance };

    [Theory]
    [InlineData("green", "", "green")]
    [InlineData("\n green \n", "", "green \n")]
    [InlineData("<think>\nWhy?\n</think>\n\ngreen", "Why?", "green")]
    [InlineData("\n<think>\n\n</think>\n\ngreen", "", "green")]
    [InlineData("<think>\nno end", "no end", "")]
    [InlineData("<think", "", "<think")]
    [InlineData("a <think>b</think>", "", "a <think>b</think>")]
    [InlineData("<think>a < b </thin c</think>x < y", "a < b </thin c", "x < y")]
    public void Push_TextInAnyPieces_SeparatesTheThought(string answer, string reasoning, string text)
    {
        foreach (var parsed in InPieces(answer, Markup, AnswerReading.Calls))
        {
            Assert.Equal(reasoning, parsed.Reasoning);
            Assert.Equal(text, parsed.Text);
            Assert.Empty(parsed.Calls);
        }
    }

    [Theory]
    [InlineData("Why?\n</think>\n\ngreen", "Why?", "green")]
    [InlineData("\n</think>\n\ngreen", "", "green")]
    [InlineData("<think>\nWhy?</think>green", "Why?", "green")]
    [InlineData("Why", "Why", "")]
    public void Push_PromptOpensTheThought_BeginsWithinIt(string answer, string reasoning, string text)
    {
        foreach (var parsed in InPieces(answer, Markup with { StartsInThought = true }, AnswerReading.Text))
        {
            Assert.Equal(reasoning, parsed.Reasoning);
            Assert.Equal(text, parsed.Text);
        }
    }

    [Theory]
    [InlineData(Weather, "")]
    [InlineData("I look.\n" + Weather, "I look.")]
    [InlineData("<think>\nhm\n</think>\n\nI look.\n\n" + Weather + "\n", "I look.")]
    [InlineData("<tool_call>{\"arguments\": {\"city\": \"Köln\", \"days\": [1, 2]}, \"name\": \"weather\"}", "")]
    [InlineData("<tool_call>{\"id\": 7, \"name\": \"weather\", \"parameters\": {\"city\": \"Köln\", \"days\": [1, 2]}} </tool_c", "")]
    public void Push_CallInAnyPieces_ReadsNameAndArguments(string answer, string text)
    {
        foreach (var parsed in InPieces(answer, Markup, AnswerReading.Calls))
        {
            Assert.Equal(text, parsed.Text);
            Assert.Equal([new ToolCall("weather", "{\"city\": \"Köln\", \"days\": [1, 2]}")], parsed.Calls);
        }
    }

    [Fact]
    public void Push_SeveralCallsWithMarksInText_ReadsEachOfThem()
    {
        var quoted = "<tool_call>\n{\"name\": \"write\", \"arguments\": {\"text\": \"</tool_call> \\\" }\"}}\n</tool_call>";
        foreach (
            var parsed in InPieces($"{Weather}\n{quoted}\n<tool_call>{{\"name\": \"now\"}}</tool_call> done", Markup, AnswerReading.Calls)
        )
        {
            Assert.Equal(["weather", "write", "now"], parsed.Calls.Select(c => c.Name));
            Assert.Equal("{\"text\": \"</tool_call> \\\" }\"}", parsed.Calls[1].Arguments);
            Assert.Equal("{}", parsed.Calls[2].Arguments);
            Assert.Equal("done", parsed.Text);
        }
    }

    [Fact]
    public void Push_ArgumentsAsTextOfJson_AreDecoded()
    {
        var answer = "<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>";
        foreach (var parsed in InPieces(answer, Markup, AnswerReading.Calls))
            Assert.Equal([new ToolCall("f", "{\"a\": 1}")], parsed.Calls);
    }

    [Theory]
    [InlineData("see <tool_call>nothing</tool_call> there")]
    [InlineData("<tool_call>\n{\"name\": 3, \"arguments\": {}}\n</tool_call>")]
    [InlineData("<tool_call>\n{\"arguments\": {}}\n</tool_call>")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": \"text\"}\n</tool_call>")]
    [InlineData("<tool_call>\n{\"name\": \"f\"")]
    [InlineData("a  <tool_call>")]
    [InlineData("a  <tool_")]
    public void Push_NoCallBetweenTheMarks_StaysText(string answer)
    {
        foreach (var passes in (bool[])[false, true])
        {
            foreach (var parsed in InPieces(answer, Markup, AnswerReading.Calls, passes))
            {
                Assert.Equal(answer, parsed.Text);
                Assert.Empty(parsed.Calls);
            }
        }
    }

    [Theory]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1</tool_call> rest")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\" 1}}</tool_call> rest")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": [1}")]
    public void Push_MalformedArguments_StayTextUnlessTheyWerePassedOn(string answer)
    {
        foreach (var parsed in InPieces(answer, Markup, AnswerReading.Calls, passesArguments: false))
        {
            Assert.Equal(answer, parsed.Text);
            Assert.Empty(parsed.Calls);
        }
        foreach (var parsed in InPieces(answer, Markup, AnswerReading.Calls, passesArguments: true))
        {
            if (parsed.Text == answer)
                continue; // in one piece: nothing was passed on before
            var call = Assert.Single(parsed.Calls);
            Assert.Equal("f", call.Name);
            var from = answer.IndexOf("{\"a\"", StringComparison.Ordinal);
            var end = answer.IndexOf("</tool_call>", StringComparison.Ordinal);
            Assert.StartsWith(call.Arguments, end < 0 ? answer[from..] : answer[from..end]);
            Assert.Equal(end < 0 ? "" : "rest", parsed.Text);
        }
    }

    [Fact]
    public void Push_PassingArguments_PassesThemOnAsTheyArrive()
    {
        var parser = new AnswerParser(Markup, AnswerReading.Calls, passesArguments: true);
        Assert.Empty(parser.Push("<tool_call>\n{\"name\": \"f\", "));
        Assert.Equal([new CallStart(0, "f"), new CallArguments(0, "{\"a\":")], parser.Push("\"arguments\": {\"a\":"));
        Assert.Equal([new CallArguments(0, " 12")], parser.Push(" 12"));
        Assert.Equal(0, parser.Calls);
        Assert.Equal([new CallArguments(0, "}")], parser.Push("}}\n</tool_call>"));
        Assert.Equal(1, parser.Calls);
        Assert.Equal([new CallStart(1, "g"), new CallArguments(1, "{}")], parser.Push("<tool_call>{\"name\": \"g\", \"arguments\": {}}"));
        Assert.Empty(parser.Finish());
    }

    [Fact]
    public void Push_Text_IsPassedOnAtOnceExceptWhatMayBecomeAMark()
    {
        var parser = new AnswerParser(Markup, AnswerReading.Calls, passesArguments: true);
        Assert.Equal([new TextPart("a")], parser.Push("a "));
        Assert.Equal([new TextPart(" <b>")], parser.Push("<b> <tool"));
        Assert.Equal([new TextPart(" <toolbox")], parser.Push("box"));
    }

    [Fact]
    public void Push_WithoutFunctions_LeavesCallsInTheText()
    {
        foreach (var parsed in InPieces(Weather, Markup, AnswerReading.Text))
            Assert.Equal(Weather, parsed.Text);
        foreach (var parsed in InPieces(Weather, AnswerMarkup.None, AnswerReading.Calls))
            Assert.Equal(Weather, parsed.Text);
    }

    [Fact]
    public void Push_ForcedCall_NeedsNoMarks()
    {
        foreach (
            var parsed in InPieces(
                "{\"name\":\"f\",\"arguments\":{\"a\":1}}",
                Markup with
                {
                    StartsInThought = true,
                },
                AnswerReading.ForcedCall
            )
        )
        {
            Assert.Equal([new ToolCall("f", "{\"a\":1}")], parsed.Calls);
            Assert.Equal("", parsed.Text + parsed.Reasoning);
        }
        foreach (var parsed in InPieces("{\"name\":\"f\",\"argum", Markup, AnswerReading.ForcedCall))
            Assert.Equal("{\"name\":\"f\",\"argum", parsed.Text);
    }

    [Fact]
    public void Push_ConstrainedAnswer_IsTextAsItIs()
    {
        foreach (var parsed in InPieces(" {\"a\": \"<think>\"}\n", Markup with { StartsInThought = true }, AnswerReading.Constrained))
            Assert.Equal(" {\"a\": \"<think>\"}\n", parsed.Text);
    }

    [Fact]
    public void Push_AnotherFamilysForm_IsReadByItsReader()
    {
        var markup = new AnswerMarkup { Calls = new ArrowCalls() };
        foreach (var parsed in InPieces("so [[f -> {\"a\": 2}]] then", markup, AnswerReading.Calls))
        {
            Assert.Equal([new ToolCall("f", "{\"a\": 2}")], parsed.Calls);
            Assert.Equal("so then", parsed.Text);
        }
    }

    // The same answer in pieces of one, two, three and seven characters, and whole.
    private static IEnumerable<ParsedAnswer> InPieces(
        string answer,
        AnswerMarkup markup,
        AnswerReading reading,
        bool? passesArguments = null
    )
    {
        foreach (var passes in passesArguments is { } one ? [one] : (bool[])[false, true])
        {
            foreach (var size in (int[])[1, 2, 3, 7, answer.Length])
            {
                var parser = new AnswerParser(markup, reading, passes);
                var parsed = new ParsedAnswer();
                for (var i = 0; i < answer.Length; i += size)
                    parsed.Add(parser.Push(answer[i..Math.Min(i + size, answer.Length)]));
                parsed.Add(parser.Finish());
                yield return parsed;
            }
        }
    }

    private sealed class ArrowCalls : IToolCallFormat
    {
        public string Open => "[[";

        public string Close => "]]";

        public IToolCallReader CreateReader() => new Reader();

        private sealed class Reader : IToolCallReader
        {
            private readonly StringBuilder _text = new();

            public ToolCallState State { get; private set; }

            public string? Name { get; private set; }

            public int Read(ReadOnlySpan<char> text, StringBuilder arguments)
            {
                for (var i = 0; i < text.Length; i++)
                {
                    _text.Append(text[i]);
                    if (text[i] != '}')
                        continue;
                    var parts = _text.ToString().Split(" -> ");
                    Name = parts[0];
                    arguments.Append(parts[1]);
                    State = ToolCallState.Complete;
                    return i + 1;
                }
                return text.Length;
            }
        }
    }
}
