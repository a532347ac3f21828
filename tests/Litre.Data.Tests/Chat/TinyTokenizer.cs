using Litre.Data.Tokenization;
using Litre.Model.Families.Qwen3Vl;

namespace Litre.Data.Tests.Chat;

/// <summary>A small byte-level tokenizer whose pad ids are those of the small reference models.</summary>
internal static class TinyTokenizer
{
    public static Tokenizer Instance { get; } = Tokenizer.Load(DataAssets.At("tiny"), Qwen3VlFormat.Instance.Tokens);
}
