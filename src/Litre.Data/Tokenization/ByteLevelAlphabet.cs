using Litre.Core;

namespace Litre.Data.Tokenization;

/// <summary>The printable character that byte-level BPE files write for each byte (GPT-2's <c>bytes_to_unicode</c>).</summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] ToChar = Build();
    private static readonly Dictionary<char, byte> ToByte = ToChar.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => (byte)p.i);

    /// <summary>The bytes of a vocabulary entry.</summary>
    /// <exception cref="InputException">A character is not in the alphabet.</exception>
    public static byte[] Decode(string token, string file, string family)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
        {
            if (!ToByte.TryGetValue(token[i], out bytes[i]))
            {
                throw new InputException(
                    $"{file}: model.vocab: '{token}' contains U+{(int)token[i]:X4}, which byte-level BPE never writes; "
                        + $"expected a byte-level vocabulary; use the tokenizer.json of a {family} checkpoint"
                );
            }
        }
        return bytes;
    }

    public static char CharOf(byte value) => ToChar[value];

    private static char[] Build()
    {
        var map = new char[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            var printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            map[b] = printable ? (char)b : (char)next++;
        }
        return map;
    }
}
