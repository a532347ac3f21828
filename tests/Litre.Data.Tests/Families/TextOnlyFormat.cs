using Litre.Data.Chat;
using Litre.Data.Families;
using Litre.Model.Families.Qwen3Vl;

namespace Litre.Data.Tests.Families;

/// <summary>A family that reads text alone, whose turns are lines.</summary>
internal static class TextOnlyFormat
{
    public static FamilyFormat Instance { get; } =
        new()
        {
            Name = "Plain",
            Organization = "plain",
            ExampleModel = "Plain-1B",
            Chat = new PlainChat(),
            Tokens = Qwen3VlFormat.Instance.Tokens with { Family = "Plain", Visual = null },
            Images = null,
        };

    private sealed class PlainChat : IChatFormat
    {
        public string Family => "Plain";

        public string TemplateText => "{{ messages }}";

        public ChatTemplate Default { get; } = new PlainTemplate(null);

        public ChatTemplate Examine(string path, string text) => Default;

        public IEnumerable<string> TextRuns(IReadOnlyList<Message> messages) => messages.Select(m => m.Text);
    }

    private sealed record PlainTemplate(string? Notice) : ChatTemplate(Notice)
    {
        public override IReadOnlyList<string> ControlTokens => ["<|im_end|>"];

        public override void Write(TokenWriter writer, IReadOnlyList<Message> messages)
        {
            foreach (var message in messages)
            {
                writer.Begin(loss: false);
                writer.AppendText(message.Role == Role.Assistant ? "A: " : "Q: ");
                writer.Begin(message.Role == Role.Assistant);
                writer.AppendParts(message.Parts);
                writer.AppendControl("<|im_end|>");
            }
        }

        public override void WriteGenerationPrompt(TokenWriter writer)
        {
            writer.Begin(loss: false);
            writer.AppendText("A: ");
        }

        public override IEnumerable<string> Warnings(IReadOnlyList<Message> messages) => [];
    }
}
