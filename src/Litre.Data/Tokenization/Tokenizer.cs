using System.Text;
using Litre.Core;
using Microsoft.ML.Tokenizers;

namespace Litre.Data.Tokenization;

/// <summary>
/// The checkpoint's byte-level BPE tokenizer, exactly as its <c>tokenizer.json</c> defines it. Merging is done by
/// Microsoft.ML.Tokenizers; normalization, splitting and added tokens are handled here, where that library is not exact.
/// Thread-safe once constructed.
/// </summary>
public sealed class Tokenizer
{
    private readonly BpeTokenizer _bpe;
    private readonly bool _normalizes;
    private readonly byte[]?[] _bytes;
    private readonly bool[] _special;
    private readonly Dictionary<string, int> _added;
    private readonly AddedTokenSplitter[] _rawSplitters; // [0] all, [1] content tokens only
    private readonly AddedTokenSplitter[] _normalizedSplitters; // likewise

    private Tokenizer(TokenizerFile file, TokenFormat format)
    {
        (Path, Format) = (file.Path, format);
        _normalizes = file.NormalizesToFormC;
        _added = [];
        foreach (var token in file.AddedTokens)
        {
            if (!_added.TryAdd(token.Content, token.Id))
                throw new InputException($"{Path}: added_tokens: '{token.Content}' appears twice, expected once; download the file again");
        }
        _bytes = ReadBytes(file);
        _special = new bool[_bytes.Length];
        // For example marks of boxes and names: they are kept in decoded answers and recognized in texts.
        foreach (var token in file.AddedTokens)
            _special[token.Id] = token.IsSpecial && !format.ContentTokens.Contains(token.Content);
        var content = file.AddedTokens.Where(t => !_special[t.Id]).ToList();
        _rawSplitters = [Splitter(file.AddedTokens, false), Splitter(content, false)];
        _normalizedSplitters = [Splitter(file.AddedTokens, true), Splitter(content, true)];
        _bpe = MakeBpe(file);
    }

    /// <summary>The file that this tokenizer was read from.</summary>
    public string Path { get; }

    /// <summary>The format shared by all tokenizers of its family.</summary>
    public TokenFormat Format { get; }

    /// <summary>One more than the highest ID, including added tokens. A model's own vocabulary may be larger.</summary>
    public int VocabularySize => _bytes.Length;

    /// <summary>Added tokens and their ids.</summary>
    public IReadOnlyDictionary<string, int> AddedTokens => _added;

    /// <summary>Reads <c>tokenizer.json</c>, given by its path or the checkpoint's folder.</summary>
    /// <param name="path">The file or the folder.</param>
    /// <param name="format">The family's format.</param>
    /// <exception cref="InputException">The file is missing, damaged or not byte-level BPE.</exception>
    public static Tokenizer Load(string path, TokenFormat format) =>
        new(TokenizerFile.Read(Directory.Exists(path) ? System.IO.Path.Combine(path, "tokenizer.json") : path, format.Family), format);

    /// <summary>The token ids of a text. Lone surrogates count as U+FFFD.</summary>
    public List<int> Encode(string text, SpecialTokens special = SpecialTokens.Parse)
    {
        var ids = new List<int>(text.Length / 3 + 1);
        Encode(text, special, ids);
        return ids;
    }

    /// <summary>Appends the token ids of a text.</summary>
    public void Encode(string text, SpecialTokens special, List<int> ids)
    {
        if (text.Length == 0)
            return;
        text = WithoutLoneSurrogates(text);
        if (special == SpecialTokens.Plain)
        {
            EncodePlain(_normalizes ? CanonicalComposition.Normalize(text) : text, ids);
            return;
        }
        var which = special == SpecialTokens.Parse ? 0 : 1;
        _rawSplitters[which]
            .Split(
                text,
                piece =>
                    _normalizedSplitters[which]
                        .Split(_normalizes ? CanonicalComposition.Normalize(piece) : piece, plain => EncodePlain(plain, ids), ids.Add),
                ids.Add
            );
    }

    /// <summary>The text of tokens; invalid UTF-8 becomes U+FFFD, unknown IDs are skipped.</summary>
    public string Decode(IEnumerable<int> ids, bool skipSpecial = false)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            if (skipSpecial && IsSpecial(id))
                continue;
            bytes.AddRange(TokenBytes(id));
        }
        return Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
    }

    /// <summary>Creates a decoder for tokens that arrive one at a time.</summary>
    public StreamingDecoder CreateDecoder(bool skipSpecial = true) => new(this, skipSpecial);

    /// <summary>The bytes of one token; none for an ID that is not in the vocabulary.</summary>
    public ReadOnlySpan<byte> TokenBytes(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : [];

    /// <summary>
    /// True for control tokens, which end turns, pad or represent images; false for content tokens such as
    /// <c>&lt;|box_start|&gt;</c>.
    /// </summary>
    public bool IsSpecial(int id) => (uint)id < (uint)_special.Length && _special[id];

    /// <summary>The id of an added token, such as <c>&lt;|im_end|&gt;</c>.</summary>
    /// <exception cref="InputException">The tokenizer has no such token.</exception>
    public int IdOf(string added) =>
        _added.TryGetValue(added, out var id)
            ? id
            : throw new InputException(
                $"{Path}: added_tokens lacks '{added}', which {Format.Family}'s chat text needs; "
                    + $"use the tokenizer.json of a {Format.Family} checkpoint"
            );

    private void EncodePlain(string text, List<int> ids)
    {
        if (text.Length > 0)
            ids.AddRange(_bpe.EncodeToIds(text, considerPreTokenization: true, considerNormalization: false));
    }

    private static AddedTokenSplitter Splitter(IEnumerable<AddedToken> tokens, bool normalized) =>
        new(tokens.Where(t => t.IsNormalized == normalized));

    internal static string WithoutLoneSurrogates(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            clean.Append(rune.ToString()); // yields U+FFFD for each lone one
        return clean.ToString();
    }

    private static byte[]?[] ReadBytes(TokenizerFile file)
    {
        var count = 0;
        foreach (var id in file.Vocabulary.Values.Concat(file.AddedTokens.Select(t => t.Id)))
        {
            if (id is < 0 or > 1 << 24)
                throw new InputException($"{file.Path}: token id {id} is out of range, expected 0 to {1 << 24}; download the file again");
            count = Math.Max(count, id + 1);
        }
        var added = file.AddedTokens.Select(t => t.Content).ToHashSet();
        var bytes = new byte[]?[count];
        foreach (var (text, id) in file.Vocabulary)
        {
            // An added token may also be in the vocabulary, in its own spelling rather than in the byte alphabet.
            if (!added.Contains(text))
                bytes[id] = ByteLevelAlphabet.Decode(text, file.Path, file.Family);
        }
        foreach (var token in file.AddedTokens)
            bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        for (var b = 0; b < 256; b++)
        {
            if (!file.Vocabulary.ContainsKey(ByteLevelAlphabet.CharOf((byte)b).ToString()))
                throw new InputException(
                    $"{file.Path}: model.vocab has no token for byte 0x{b:X2}, expected all 256; use the "
                        + $"tokenizer.json of a {file.Family} checkpoint"
                );
        }
        return bytes;
    }

    private static BpeTokenizer MakeBpe(TokenizerFile file)
    {
        try
        {
            return BpeTokenizer.Create(
                new BpeOptions(file.Vocabulary)
                {
                    Merges = file.Merges,
                    ByteLevel = true,
                    PreTokenizer = new PreTokenizerPattern(file.Pattern, file.Path, file.Family),
                }
            );
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            throw new InputException($"{file.Path}: model: {e.Message.ReplaceLineEndings(" ")}; download the file again", e);
        }
    }
}
