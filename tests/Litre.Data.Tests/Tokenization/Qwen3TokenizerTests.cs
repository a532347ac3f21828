using System.Diagnostics;
using System.Text;
using Litre.Data.Tokenization;
using Litre.Model.Families.Qwen3Vl;

namespace Litre.Data.Tests.Tokenization;

/// <summary>The real Qwen3 tokenizer against two implementations that share no code with this one.</summary>
public sealed class Qwen3TokenizerTests
{
    private static readonly Lazy<Tokenizer> Qwen3 = new(() =>
        Tokenizer.Load(Qwen3Reference.TokenizerFile(), Qwen3VlFormat.Instance.Tokens)
    );

    [Fact]
    public void Encode_TenThousandMixedStrings_EqualsBothReferences()
    {
        var strings = TextSamples.Make(10_000, seed: 7);
        var (rust, script, decoded) = Qwen3Reference.Encode(strings);
        var differing = new List<string>();
        for (var i = 0; i < strings.Count; i++)
        {
            var ids = Qwen3.Value.Encode(strings[i]);
            if (!ids.SequenceEqual(rust[i]))
                differing.Add($"{Escape(strings[i])}: {string.Join(',', ids)} instead of {string.Join(',', rust[i])}");
            // The script implementation inherits JavaScript's white space, which differs in these two characters.
            if (!strings[i].AsSpan().ContainsAny("\u0085\uFEFF") && !ids.SequenceEqual(script[i]))
                differing.Add($"{Escape(strings[i])}: {string.Join(',', ids)} instead of the script's {string.Join(',', script[i])}");
            if (Qwen3.Value.Decode(ids, skipSpecial: true) != decoded[i])
                differing.Add($"{Escape(strings[i])} decodes to {Escape(Qwen3.Value.Decode(ids, true))} instead of {Escape(decoded[i])}");
        }
        Assert.True(differing.Count == 0, $"{differing.Count} differ, first:\n{string.Join('\n', differing.Take(15))}");
    }

    [Fact]
    public void Encode_PlainText_NeverYieldsAddedTokens()
    {
        var lowest = Qwen3.Value.AddedTokens.Values.Min();
        foreach (var text in TextSamples.Make(2_000, seed: 8))
        {
            var ids = Qwen3.Value.Encode(text, SpecialTokens.Plain);
            Assert.DoesNotContain(ids, id => id >= lowest);
            Assert.Equal(text.Normalize().Length > 0, ids.Count > 0);
        }
    }

    [Fact]
    public void Encode_ContentOnly_KeepsThinkingMarksAndSpellsControlTokensOut()
    {
        var ids = Qwen3.Value.Encode("<think>\n<|im_end|></think>", SpecialTokens.ContentOnly);
        Assert.Equal(Qwen3.Value.IdOf("<think>"), ids[0]);
        Assert.Equal(Qwen3.Value.IdOf("</think>"), ids[^1]);
        Assert.DoesNotContain(Qwen3.Value.IdOf("<|im_end|>"), ids);
    }

    [Fact]
    public void StreamingDecoder_TokenByToken_JoinsToWholeText()
    {
        foreach (var text in TextSamples.Make(500, seed: 9))
        {
            var ids = Qwen3.Value.Encode(text);
            var decoder = Qwen3.Value.CreateDecoder(skipSpecial: false);
            var pieces = ids.Select(decoder.Push).ToList();
            Assert.Equal(Qwen3.Value.Decode(ids), string.Concat(pieces) + decoder.Finish());
        }
    }

    [Fact]
    public void StreamingDecoder_CharacterCutShort_ShowsReplacementOnlyAtTheEnd()
    {
        var ids = Qwen3.Value.Encode("\U00029F60"); // a rare character: several tokens
        Assert.True(ids.Count > 1);
        var decoder = Qwen3.Value.CreateDecoder();
        foreach (var id in ids.SkipLast(1))
            Assert.Equal("", decoder.Push(id));
        Assert.Equal("\uFFFD", decoder.Finish());
    }

    [Fact]
    public void Encode_SixteenTimesTheText_TakesNotMuchMoreThanSixteenTimesAsLong()
    {
        var text = new StringBuilder();
        foreach (var sample in TextSamples.Make(5_000, seed: 10).TakeWhile(_ => text.Length < 80_000))
            text.Append(sample);
        var (small, large) = (text.ToString(0, 5_000), text.ToString(0, 80_000));
        Best(large); // once, so that everything is compiled
        var ratio = Best(large) / Best(small);
        Assert.True(ratio < 16 * 5, $"{ratio:F1} times as long"); // with the square of the length: 256 times

        static double Best(string text) =>
            Enumerable
                .Range(0, 5)
                .Min(_ =>
                {
                    var watch = Stopwatch.StartNew();
                    Qwen3.Value.Encode(text);
                    return watch.Elapsed.TotalSeconds;
                });
    }

    private static string Escape(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
