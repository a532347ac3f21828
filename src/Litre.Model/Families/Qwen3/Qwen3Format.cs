using Litre.Data.Families;
using Litre.Model.Families.Qwen;

namespace Litre.Model.Families.Qwen3;

/// <summary>Text of Qwen3.</summary>
internal static class Qwen3Format
{
    internal const string Name = "Qwen3";

    internal static FamilyFormat Instance { get; } =
        new()
        {
            Name = Name,
            Organization = "Qwen",
            ExampleModel = "Qwen3-8B",
            Chat = new QwenChat(Name, readsImages: false, typeof(Qwen3Format)),
            Tokens = QwenTokens.Format(Name, readsImages: false),
            Images = null,
        };
}
