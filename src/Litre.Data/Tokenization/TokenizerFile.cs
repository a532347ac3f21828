using System.Text;
using System.Text.Json;
using Litre.Core;

namespace Litre.Data.Tokenization;

/// <summary>The checked content of a <c>tokenizer.json</c>: a byte-level BPE of which every part is supported.</summary>
internal sealed class TokenizerFile
{
    // Those of published models have about 11 MB; a larger file than this is not a tokenizer.
    private const long MaximumBytes = 256L << 20;

    public required string Path { get; init; }

    /// <summary>The name in messages of the family whose tokenizer it should be.</summary>
    public required string Family { get; init; }

    public required Dictionary<string, int> Vocabulary { get; init; }
    public required List<string> Merges { get; init; }
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }
    public required string Pattern { get; init; }
    public required bool NormalizesToFormC { get; init; }

    /// <exception cref="InputException">The file is missing, is not JSON or is not byte-level BPE.</exception>
    public static TokenizerFile Read(string path, string family)
    {
        var info = new FileInfo(path);
        if (!info.Exists)
            throw new InputException($"{path}: no such file; a checkpoint needs its tokenizer.json; download it again with all its files");
        if (info.Length > MaximumBytes)
            throw new InputException(
                $"{path}: {info.Length} bytes is too large for a tokenizer (limit {MaximumBytes}); give the checkpoint's tokenizer.json"
            );
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(document.RootElement, new Source(path, family));
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or InvalidOperationException
                        or KeyNotFoundException
                        or FormatException
                        or IndexOutOfRangeException
                        or DecoderFallbackException
                        or IOException
                        or UnauthorizedAccessException
            )
        {
            throw new InputException($"{path}: not a readable tokenizer ({e.Message.ReplaceLineEndings(" ")}); download the file again", e);
        }
    }

    private static TokenizerFile Read(JsonElement root, Source source)
    {
        var model = source.Get(root, "model");
        source.Expect("model.type", model.TryGetProperty("type", out var type) ? type.GetString() : "BPE", "BPE");
        foreach (var key in (string[])["continuing_subword_prefix", "end_of_word_suffix", "unk_token"])
        {
            if (model.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String)
                source.Expect($"model.{key}", value.GetString(), "");
        }
        foreach (var key in (string[])["byte_fallback", "ignore_merges"])
        {
            if (model.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.True)
                source.Expect($"model.{key}", "true", "false");
        }
        var vocabulary = new Dictionary<string, int>();
        foreach (var entry in source.Get(model, "model.vocab").EnumerateObject())
            vocabulary[entry.Name] = entry.Value.GetInt32();
        var merges = new List<string>();
        foreach (var merge in source.Get(model, "model.merges").EnumerateArray())
        {
            merges.Add(merge.ValueKind == JsonValueKind.Array ? $"{merge[0].GetString()} {merge[1].GetString()}" : merge.GetString()!);
        }
        return new TokenizerFile
        {
            Path = source.Path,
            Family = source.Family,
            Vocabulary = vocabulary,
            Merges = merges,
            AddedTokens = ReadAddedTokens(root, source),
            Pattern = ReadPattern(root, source),
            NormalizesToFormC = ReadNormalizer(root, source),
        };
    }

    private static List<AddedToken> ReadAddedTokens(JsonElement root, Source source)
    {
        var tokens = new List<AddedToken>();
        if (!root.TryGetProperty("added_tokens", out var list))
            return tokens;
        foreach (var item in list.EnumerateArray())
        {
            if (Flag(item, "single_word"))
                source.Expect("added_tokens.single_word", "true", "false");
            var content = item.GetProperty("content").GetString();
            if (string.IsNullOrEmpty(content))
                throw new InputException(
                    $"{source.Path}: added_tokens: an entry has no content; expected its text; download the file again"
                );
            tokens.Add(
                new AddedToken(
                    item.GetProperty("id").GetInt32(),
                    content,
                    Flag(item, "special"),
                    Flag(item, "normalized"),
                    Flag(item, "lstrip"),
                    Flag(item, "rstrip")
                )
            );
        }
        return tokens;
    }

    private static bool ReadNormalizer(JsonElement root, Source source)
    {
        if (!root.TryGetProperty("normalizer", out var normalizer) || normalizer.ValueKind == JsonValueKind.Null)
            return false;
        source.Expect("normalizer.type", source.Get(normalizer, "normalizer.type").GetString(), "NFC");
        return true;
    }

    private static string ReadPattern(JsonElement root, Source source)
    {
        string? pattern = null;
        var byteLevel = false;
        foreach (var step in Steps(source.Get(root, "pre_tokenizer")))
        {
            switch (step.GetProperty("type").GetString())
            {
                case "Split" when pattern == null && !byteLevel:
                    source.Expect("pre_tokenizer.behavior", step.GetProperty("behavior").GetString(), "Isolated");
                    pattern = step.GetProperty("pattern").GetProperty("Regex").GetString();
                    break;
                case "ByteLevel" when !byteLevel:
                    if (Flag(step, "add_prefix_space"))
                        source.Expect("pre_tokenizer.add_prefix_space", "true", "false");
                    if (Flag(step, "use_regex"))
                        source.Expect("pre_tokenizer.use_regex", "true", "false");
                    byteLevel = true;
                    break;
                case var other:
                    source.Expect("pre_tokenizer.type", other, "Split, then ByteLevel");
                    break;
            }
        }
        if (pattern == null || !byteLevel)
            source.Expect("pre_tokenizer", pattern == null ? "no Split" : "no ByteLevel", "Split, then ByteLevel");
        return pattern!;
    }

    private static IEnumerable<JsonElement> Steps(JsonElement step) =>
        step.GetProperty("type").GetString() == "Sequence" ? step.GetProperty("pretokenizers").EnumerateArray().SelectMany(Steps) : [step];

    private static bool Flag(JsonElement item, string key) =>
        item.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.True;

    // The file and the family, which every refusal names.
    private readonly record struct Source(string Path, string Family)
    {
        /// <summary>The value of a key, given with its parent keys.</summary>
        public JsonElement Get(JsonElement parent, string path)
        {
            var key = path[(path.LastIndexOf('.') + 1)..];
            return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(key, out var value)
                ? value
                : throw new InputException(
                    $"{Path}: not a tokenizer of the Hugging Face tokenizers library ({path} is missing); download the file again"
                );
        }

        public void Expect(string key, string? found, string expected)
        {
            if (found != expected)
            {
                throw new InputException(
                    $"{Path}: {key} is '{found}', expected '{expected}': only byte-level BPE as {Family}'s "
                        + $"can be followed exactly; use the tokenizer.json of a {Family} checkpoint"
                );
            }
        }
    }
}
