namespace Litre.Inference.Constraints.Automata;

/// <summary>Unicode code points from <paramref name="Low"/> to <paramref name="High"/>, both included.</summary>
internal readonly record struct CodePointRange(int Low, int High)
{
    public const int Last = 0x10FFFF;

    /// <summary>Every character; surrogates are none.</summary>
    public static CodePointRange[] All { get; } = [new(0, 0xD7FF), new(0xE000, Last)];

    /// <summary>The characters that are in none of the ranges.</summary>
    public static CodePointRange[] Complement(IEnumerable<CodePointRange> ranges)
    {
        var result = new List<CodePointRange>();
        foreach (var part in All)
        {
            var next = part.Low;
            foreach (var range in ranges.OrderBy(r => r.Low))
            {
                if (range.High < next || range.Low > part.High)
                    continue;
                if (range.Low > next)
                    result.Add(new(next, range.Low - 1));
                next = Math.Max(next, range.High + 1);
            }
            if (next <= part.High)
                result.Add(new(next, part.High));
        }
        return [.. result];
    }

    /// <summary>The UTF-8 sequences of the range, as sequences of byte ranges. Surrogates are left out.</summary>
    public IEnumerable<(byte Low, byte High)[]> Utf8()
    {
        (int Low, int High)[] lengths = [(0, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, Last)];
        var found = new List<(byte, byte)[]>();
        foreach (var (low, high) in lengths)
        {
            if (Low <= high && High >= low)
                Split(Math.Max(Low, low), Math.Min(High, high), found);
        }
        return found;
    }

    // All code points of the range have UTF-8 sequences of the same length.
    private static void Split(int low, int high, List<(byte, byte)[]> found)
    {
        var length = Length(low);
        for (var i = 1; i < length; i++)
        {
            var mask = (1 << (6 * i)) - 1;
            if ((low & ~mask) == (high & ~mask))
                continue;
            if ((low & mask) != 0)
            {
                Split(low, low | mask, found);
                Split((low | mask) + 1, high, found);
                return;
            }
            if ((high & mask) != mask)
            {
                Split(low, (high & ~mask) - 1, found);
                Split(high & ~mask, high, found);
                return;
            }
        }
        var sequence = new (byte, byte)[length];
        for (var i = 0; i < length; i++)
            sequence[i] = (ByteOf(low, i, length), ByteOf(high, i, length));
        found.Add(sequence);
    }

    private static int Length(int code) =>
        code switch
        {
            < 0x80 => 1,
            < 0x800 => 2,
            < 0x10000 => 3,
            _ => 4,
        };

    private static byte ByteOf(int code, int index, int length)
    {
        var bits = code >> (6 * (length - 1 - index));
        if (index > 0)
            return (byte)(0x80 | (bits & 0x3F));
        return (byte)(
            length switch
            {
                1 => bits,
                2 => 0xC0 | bits,
                3 => 0xE0 | bits,
                _ => 0xF0 | bits,
            }
        );
    }
}
