using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Litre.Data.Tokenization;

/// <summary>A trained byte-level BPE, and its files for Hugging Face's tokenizers.</summary>
public sealed class TrainedTokenizer
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly IReadOnlyList<string> _tokens;
    private readonly IReadOnlyList<(int Left, int Right)> _merges;
    private readonly TokenFormat _format;

    /// <param name="tokens">Text of every token in the byte alphabet, by ID; added tokens follow.</param>
    /// <param name="merges">Pairs of IDs in the order of merging.</param>
    /// <param name="format">The family's format.</param>
    internal TrainedTokenizer(IReadOnlyList<string> tokens, IReadOnlyList<(int Left, int Right)> merges, TokenFormat format) =>
        (_tokens, _merges, _format) = (tokens, merges, format);

    /// <summary>Total number of tokens, including added ones.</summary>
    public int VocabularySize => _tokens.Count + _format.Added.Count;

    /// <summary>Tokens learned from the texts.</summary>
    public int Merges => _merges.Count;

    /// <summary>The text of <c>tokenizer.json</c>.</summary>
    public string ToJson()
    {
        var vocabulary = new JsonObject();
        for (var id = 0; id < _tokens.Count; id++)
            vocabulary[_tokens[id]] = id;
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. _format.Added.Select((_, i) => AddedToken(i, withId: true))]),
            ["normalizer"] = new JsonObject { ["type"] = "NFC" },
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = _format.Pattern },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    ByteLevel()
                ),
            },
            ["post_processor"] = ByteLevel(),
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = "",
                ["end_of_word_suffix"] = "",
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                // The older format, which every release reads: no token in the byte alphabet contains a space.
                ["merges"] = new JsonArray([.. _merges.Select(m => (JsonNode)$"{_tokens[m.Left]} {_tokens[m.Right]}")]),
            },
        };
        return root.ToJsonString(Indented) + "\n";
    }

    /// <summary>The text of <c>tokenizer_config.json</c>.</summary>
    /// <param name="template">The chat template's Jinja text.</param>
    /// <param name="maximumLength">The longest sequence of the model, in tokens.</param>
    public string ToConfigJson(string template, int maximumLength)
    {
        var decoder = new JsonObject();
        for (var i = 0; i < _format.Added.Count; i++)
            decoder[$"{_tokens.Count + i}"] = AddedToken(i, withId: false);
        var root = new JsonObject
        {
            ["add_bos_token"] = false,
            ["add_prefix_space"] = false,
            ["added_tokens_decoder"] = decoder,
            ["additional_special_tokens"] = new JsonArray([
                .. _format.Added.Where(t => t.IsSpecial && t.Content != _format.EndOfText).Select(t => (JsonNode)t.Content),
            ]),
            ["bos_token"] = null,
            ["chat_template"] = template,
            ["clean_up_tokenization_spaces"] = false,
            ["eos_token"] = _format.TurnEnd,
            ["errors"] = "replace",
            ["model_max_length"] = maximumLength,
            ["pad_token"] = _format.EndOfText,
            ["split_special_tokens"] = false,
            ["tokenizer_class"] = _format.TokenizerClass,
            ["unk_token"] = null,
        };
        return root.ToJsonString(Indented) + "\n";
    }

    private JsonObject AddedToken(int index, bool withId)
    {
        var token = new JsonObject();
        if (withId)
            token["id"] = _tokens.Count + index;
        token["content"] = _format.Added[index].Content;
        foreach (var flag in (string[])["single_word", "lstrip", "rstrip", "normalized"])
            token[flag] = false;
        token["special"] = _format.Added[index].IsSpecial;
        return token;
    }

    private static JsonObject ByteLevel() =>
        new()
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = false,
            ["trim_offsets"] = false,
            ["use_regex"] = false,
        };
}
