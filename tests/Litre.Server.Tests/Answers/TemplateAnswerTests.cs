using System.Text.Json;
using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Tokenization;
using Litre.Model.Families;
using Litre.Model.Families.Qwen;
using Litre.Server.Answers;
using Shared;

namespace Litre.Server.Tests.Answers;

/// <summary>What a checkpoint's template writes for an answer is what the parser takes apart.</summary>
public sealed class TemplateAnswerTests
{
    private static readonly ToolCall[] Calls = [new("measure", "{\"part\": \"shaft\", \"times\": [1, 2.5]}"), new("now", "{}")];

    private static readonly Tokenizer Tokenizer = Tokenizer.Load(
        Path.Combine(Repository.Root, "assets", "litre-nano"),
        ModelFamilies.All[0].Format.Tokens
    );

    [Theory]
    [InlineData(ThoughtForm.None, "I measure.", null)]
    [InlineData(ThoughtForm.None, "", null)]
    [InlineData(ThoughtForm.Opened, "I measure.", "Which part?\n\nThe shaft.")]
    [InlineData(ThoughtForm.Opened, "", "Which part?")]
    [InlineData(ThoughtForm.Optional, "I measure.", "Which part?")]
    [InlineData(ThoughtForm.Optional, "I measure.", "")]
    public void Push_WhatTheTemplateWrites_GivesTheMessageBack(ThoughtForm form, string text, string? thought)
    {
        var template = QwenTemplate.Instruct with { Thoughts = form };
        var answer = Message.Of(Role.Assistant, text) with { Thought = thought, ToolCalls = Calls };
        var encoded = new ChatEncoder(Tokenizer, template, mergeSize: 2).Encode([Message.Of(Role.User, "?"), answer], [], []);
        int[] tokens = [.. encoded.Labels.Where(l => l != EncodedChat.NoLoss)];
        foreach (var passes in (bool[])[false, true])
        {
            var parser = new AnswerParser(template.Answers, AnswerReading.Calls, passes);
            var decoder = Tokenizer.CreateDecoder();
            var parsed = new ParsedAnswer();
            foreach (var token in tokens)
                parsed.Add(parser.Push(decoder.Push(token)));
            parsed.Add(parser.Finish());
            Assert.Equal(text, parsed.Text);
            Assert.Equal(thought ?? "", parsed.Reasoning);
            Assert.Equal(Calls, parsed.Calls);
            Assert.Equal(2, parser.Calls);
        }
    }

    [Fact]
    public void Answers_TemplateWithCallsAsXml_HasNoCalls() =>
        Assert.Null((QwenTemplate.Instruct with { WritesTools = false }).Answers.Calls);

    [Theory]
    [InlineData("{\"a\":[1,2.50,true,null],\"ü\":\"\\u00fc\"}", "{\"a\": [1, 2.5, true, null], \"ü\": \"ü\"}")]
    [InlineData("{}", "{}")]
    public void Write_Json_IsSpelledAsInTemplates(string json, string expected)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Equal(expected, TemplateJson.Write(document.RootElement));
    }
}
