using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Samples;
using Shared;

namespace Litre.Data.Tests.Formats;

public sealed class ToolRowTests
{
    private const string Zoom = "<tool_call>\n{\"name\": \"zoom\", \"arguments\": {\"x\": 1}}\n</tool_call>";

    [Theory]
    [InlineData(
        """{"messages": [{"role": "user", "content": "q"}, """
            + """{"role": "tool_call", "content": "{\"name\": \"zoom\", \"arguments\": {\"x\": 1}}"}, """
            + """{"role": "tool_response", "content": "ABC"}, {"role": "assistant", "content": "a"}]}"""
    )]
    [InlineData(
        """{"conversations": [{"from": "human", "value": "q"}, """
            + """{"from": "function_call", "value": "[{\"name\": \"zoom\", \"arguments\": {\"x\":   1}}]"}, """
            + """{"from": "observation", "value": "ABC"}, {"from": "gpt", "value": "a"}]}"""
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "q"}, """
            + """{"role": "assistant", "content": null,"""
            + """ "tool_calls": [{"type": "function", "function": {"name": "zoom", "arguments": "{\"x\": 1}"}}]}, """
            + """{"role": "tool", "content": "ABC"}, {"role": "assistant", "content": "a"}]}"""
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "q"}, """
            + """{"role": "assistant", "content": "", "tool_calls": "[{\"name\": \"zoom\", \"arguments\": {\"x\": 1}}]"}, """
            + """{"role": "tool", "content": "ABC"}, {"role": "assistant", "content": "a"}]}"""
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "q"}, """
            + """{"role": "assistant", "content": "", "function_call": {"name": "zoom", "arguments": {"x": 1}}}, """
            + """{"role": "tool", "content": "ABC"}, {"role": "assistant", "content": "a"}]}"""
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "q"}, """
            + """{"role": "tool_call", "content": "<tool_call>\n{\"name\": \"zoom\", \"arguments\": {\"x\": 1}}\n</tool_call>"}, """
            + """{"role": "tool_response", "content": "ABC"}, {"role": "assistant", "content": "a"}]}"""
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": [{"type": "text", "value": "q"}]}, """
            + """{"role": "assistant", "content": """
            + """[{"type": "tool_call", "value": "{\"name\": \"zoom\", \"arguments\": {\"x\": 1}}"}]}, """
            + """{"role": "tool", "content": [{"type": "text", "value": "ABC"}]}, """
            + """{"role": "assistant", "content": [{"type": "text", "value": "a"}]}]}"""
    )]
    public void Read_CallsInEveryDialect_AreOneAnswer(string row)
    {
        var messages = Read(row).Sample!.Messages;
        Assert.Equal([Role.User, Role.Assistant, Role.Tool, Role.Assistant], messages.Select(m => m.Role));
        Assert.Equal(Zoom, messages[1].Text);
    }

    [Fact]
    public void Read_CallTurnsAfterAnAnswer_JoinIt()
    {
        var row = Read(
            """{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "I zoom."}, """
                + """{"role": "tool_call", "content": "{\"name\": \"zoom\", \"arguments\": {\"x\": 1}}"}, """
                + """{"role": "tool_call", "content": "{\"name\": \"zoom\", \"arguments\": {\"x\": 1}}"}]}"""
        );
        Assert.Equal(2, row.Sample!.Messages.Count);
        Assert.Equal($"I zoom.\n{Zoom}\n{Zoom}", row.Sample.Answer);
    }

    [Theory]
    [InlineData("""{"tools": "[{\"name\":\"zoom\"}]", """)]
    [InlineData("""{"tools": [{"name": "zoom"}], """)]
    [InlineData("""{"tools": ["{\"name\":   \"zoom\"}"], """)]
    public void Read_ToolsOfARow_AreInTheFirstTurn(string start)
    {
        var messages = Read(start + """ "question": "q", "answer": "a"}""").Sample!.Messages;
        Assert.Equal((Role.System, """{"name": "zoom"}"""), (messages[0].Role, messages[0].Tools.Single()));
        messages = Read(start + """ "system": "s", "question": "q", "answer": "a"}""").Sample!.Messages;
        Assert.Equal((3, "s", 1), (messages.Count, messages[0].Text, messages[0].Tools.Count));
    }

    [Theory]
    [InlineData("""{"role": "tool_call", "content": "zoom(1)"}""", "'tool_call' is not a call")]
    [InlineData(
        """{"role": "assistant", "tool_calls": [{"function": {"name": "zoom", "arguments": "x=1"}}]}""",
        "the call of 'zoom' has arguments that are not JSON"
    )]
    [InlineData("""{"role": "assistant", "tool_calls": [{"type": "custom", "custom": {"name": "zoom"}}]}""", "type 'custom'")]
    [InlineData("""{"role": "assistant", "content": "a", "reasoning_content": "x", "thinking": "y"}""", "two thoughts")]
    [InlineData("""{"role": "assistant", "content": "a", "reasoning_content": [1]}""", "'reasoning_content' is not text")]
    [InlineData("""{"role": "user", "content": "a", "tool_calls": [{"name": "zoom", "arguments": {}}]}""", "only answers can have")]
    [InlineData(
        """{"role": "assistant", "content": "a", "loss": false}, """
            + """{"role": "tool_call", "content": "{\"name\": \"zoom\", \"arguments\": {}}"}""",
        "only one of them carries loss"
    )]
    public void Read_CallsThatCannotBeWritten_AreRefusedByName(string turn, string reason)
    {
        var row = Read($$"""{"messages": [{"role": "user", "content": "q"}, {{turn}}]}""");
        Assert.Contains(reason, row.Unusable!.Reason);
    }

    [Theory]
    [InlineData(
        "[1, 1.50, 1.0, 1e5, 1E16, -0.0, 1e-05, 123456789012345678901, 9.9999999999999999e22, 0.0001]",
        "[1, 1.5, 1.0, 100000.0, 1e+16, -0.0, 1e-05, 123456789012345678901, 1e+23, 0.0001]"
    )]
    [InlineData(
        """{"a":"ü\"\\\n\u0001\u007f</x>","b":[],"c":{},"d":null,"e":[true,false]}""",
        "{\"a\": \"ü\\\"\\\\\\n\\u0001\u007f</x>\", \"b\": [], \"c\": {}, \"d\": null, \"e\": [true, false]}"
    )]
    public void Write_Json_IsPythons(string json, string expected) =>
        Assert.Equal(expected, PythonJson.Write(JsonTree.Parse(System.Text.Encoding.UTF8.GetBytes(json), 1).Value));

    private static Row Read(string row)
    {
        using var folder = new TemporaryFolder();
        folder.Write("d.json", $"[{row}]");
        using var data = DataSet.Open(folder.Path);
        return data.Read().Single();
    }
}
