using System.Text;

namespace Litre.Data.Tests.Tokenization;

/// <summary>Seeded strings of everything that tokenizers get wrong.</summary>
internal static class TextSamples
{
    private static readonly string[] Pieces =
    [
        "the ",
        "Quick",
        " brown",
        "fox's",
        "I'll",
        "DON'T",
        "we'Ve",
        "'s",
        "'ſ",
        "It'S",
        "'",
        "''re",
        "naïve",
        "café",
        "cafe\u0301",
        "你好",
        "，世界",
        "。",
        "这道菜叫什么？",
        "宫保鸡丁",
        "麻辣燙",
        "１２３",
        "《红楼梦》",
        "𠮷野家",
        "龘",
        "한국어",
        "\u1112\u1161\u11ab",
        "日本語テキスト",
        "ｶﾞ",
        "مرحبا",
        "שלום",
        "हिन्दी",
        "ภาษาไทย",
        "Ελληνικά",
        "Русский",
        "Å",
        "\u212B",
        "\u1E9B\u0323",
        "q\u0307\u0323",
        "ﬁ",
        "𝐀𝟗𝒷",
        "😀",
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "❤️",
        "🇨🇳",
        "👍🏽",
        "🫠",
        "²³",
        "½",
        "Ⅷ",
        "٣٤",
        "0",
        "42",
        "3.14159",
        "1e-9",
        "2026-11-24",
        "$1,299.00",
        "100%",
        " ",
        "  ",
        "    ",
        "\t",
        "\t\t",
        "\n",
        "\n\n",
        "\r\n",
        " \n ",
        "\u00a0",
        "\u3000",
        "\u2028",
        "\u200b",
        "\ufeff",
        "\u0085",
        "\0",
        "\u007f",
        "for (int i = 0; i < n; i++) {\n\treturn x[i];\n}",
        "def f(a, *b):\n    pass\n",
        "<div class=\"a\">",
        "https://a.b/c?d=e&f=%20",
        "SELECT *",
        "_private",
        "snake_case",
        "camelCase",
        "...",
        "!!!",
        "----",
        "==>",
        "→",
        "“”",
        "\\n",
        "{}[]()",
        "a.b@c.d",
        "<|im_start|>",
        "<|im_end|>",
        "<|endoftext|>",
        "<|vision_start|>",
        "<|image_pad|>",
        "<|vision_end|>",
        "<think>",
        "</think>",
        "<tool_call>",
        "<|im_start",
        "|im_end|>",
        "<|",
        "|>",
        "<",
        "<|IM_END|>",
        "<<|im_end|>>",
    ];

    public static List<string> Make(int count, int seed)
    {
        var random = new Random(seed);
        var result = new List<string>(count);
        while (result.Count < count)
        {
            result.Add(
                random.Next(4) switch
                {
                    0 => RandomRunes(random, random.Next(1, 30)),
                    1 => Mixed(random, random.Next(1, 12), separated: true),
                    _ => Mixed(random, random.Next(1, 20), separated: false),
                }
            );
        }
        return result;
    }

    private static string Mixed(Random random, int pieces, bool separated)
    {
        var text = new StringBuilder();
        for (var i = 0; i < pieces; i++)
        {
            if (separated && i > 0)
                text.Append(' ', random.Next(1, 4));
            text.Append(random.Next(12) == 0 ? RandomRunes(random, 2) : Pieces[random.Next(Pieces.Length)]);
        }
        return text.ToString();
    }

    // Characters that Unicode 12 knew, so that implementations with older tables agree on what they are.
    private static string RandomRunes(Random random, int count)
    {
        (int From, int To)[] ranges =
        [
            (0, 0x7F),
            (0x80, 0x24F),
            (0x300, 0x36F),
            (0x370, 0x3FF),
            (0x400, 0x4FF),
            (0x5D0, 0x5EA),
            (0x621, 0x64A),
            (0x904, 0x939),
            (0x1E00, 0x1EFF),
            (0x2000, 0x206F),
            (0x20A0, 0x20BF),
            (0x2190, 0x21FF),
            (0x3041, 0x3096),
            (0x4E00, 0x9FA5),
            (0xAC00, 0xD7A3),
            (0xF900, 0xFA6D),
            (0xFF01, 0xFF5E),
            (0x1D400, 0x1D454),
            (0x1F300, 0x1F5FF),
            (0x1F600, 0x1F64F),
            (0x20000, 0x2A6D6),
            (0x2F800, 0x2FA1D),
            (0x1100, 0x11FF),
            (0xE000, 0xE010),
            (0xF0000, 0xF0010),
        ];
        var text = new StringBuilder();
        var range = ranges[random.Next(ranges.Length)];
        for (var i = 0; i < count; i++)
        {
            if (random.Next(3) == 0)
                range = ranges[random.Next(ranges.Length)];
            text.Append(new Rune(random.Next(range.From, range.To + 1)).ToString());
        }
        return text.ToString();
    }
}
