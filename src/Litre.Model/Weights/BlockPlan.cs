using Litre.Model.Files;

namespace Litre.Model.Weights;

/// <summary>
/// Splits files into blocks that are read one after another. A block starts and ends between two elements, or between two rows of a
/// transposed tensor, so that each piece can be copied separately.
/// </summary>
internal static class BlockPlan
{
    /// <summary>Part of a tensor inside a block.</summary>
    /// <param name="Entry">The tensor.</param>
    /// <param name="Start">Its first byte, counted in the tensor.</param>
    /// <param name="Bytes">Length.</param>
    internal readonly record struct Piece(TensorEntry Entry, long Start, long Bytes)
    {
        /// <summary>Its first byte, counted in the file.</summary>
        public long FileStart => Entry.Offset + Start;
    }

    /// <summary>What is read at once.</summary>
    /// <param name="File">Path of the file.</param>
    /// <param name="Start">
    /// First new byte; reading starts at the beginning of its sector, in which the previous block may have ended.
    /// </param>
    /// <param name="End">The position after the last byte.</param>
    /// <param name="Pieces">The pieces of needed tensors, in the order of the file.</param>
    internal sealed record Block(string File, long Start, long End, IReadOnlyList<Piece> Pieces)
    {
        public long ReadStart => BlockFile.RoundDown(Start);

        public int ReadBytes => checked((int)(End - ReadStart));
    }

    /// <summary>Bytes of a buffer for these tensors, with space to align its begin.</summary>
    /// <param name="entries">The tensors that will be read.</param>
    /// <param name="grain">Bytes of a tensor that must not be split; a buffer has at least this size.</param>
    /// <param name="bufferBytes">The size that it should have if there is so much to read.</param>
    internal static int Capacity(IEnumerable<TensorEntry> entries, Func<TensorEntry, long> grain, int bufferBytes)
    {
        var (total, largest) = (0L, 0L);
        foreach (var entry in entries)
            (total, largest) = (total + entry.Bytes, Math.Max(largest, grain(entry)));
        var needed = Math.Min(bufferBytes - 3L * BlockFile.Alignment, Math.Max(total, 1));
        return BlockFile.RoundUp(checked((int)Math.Max(needed, largest))) + 3 * BlockFile.Alignment;
    }

    /// <summary>The blocks of one file.</summary>
    /// <param name="file">Path.</param>
    /// <param name="fileBytes">Length of the file.</param>
    /// <param name="entries">Its tensors to be read, without those that have no elements.</param>
    /// <param name="grain">Bytes of a tensor that must not be split.</param>
    /// <param name="capacity">From <see cref="Capacity"/>.</param>
    /// <param name="whole">Read every byte of the file, not only those needed.</param>
    internal static IEnumerable<Block> Of(
        string file,
        long fileBytes,
        IEnumerable<TensorEntry> entries,
        Func<TensorEntry, long> grain,
        int capacity,
        bool whole
    )
    {
        var sorted = entries.OrderBy(e => e.Offset).ToList();
        var usable = capacity - BlockFile.Alignment;
        var first = 0; // of the tensors that are not behind us
        for (var at = 0L; at < fileBytes; )
        {
            while (first < sorted.Count && sorted[first].Offset + sorted[first].Bytes <= at)
                first++;
            if (!whole && first == sorted.Count)
                yield break;
            if (!whole)
                at = Math.Max(at, sorted[first].Offset);

            var end = Math.Min(fileBytes, BlockFile.RoundDown(at) + usable);
            var pieces = new List<Piece>();
            for (var i = first; i < sorted.Count && sorted[i].Offset < end; i++)
            {
                var entry = sorted[i];
                var start = Math.Max(at - entry.Offset, 0);
                var stop = Math.Min(entry.Bytes, (end - entry.Offset) / grain(entry) * grain(entry));
                if (stop < entry.Bytes)
                    end = entry.Offset + stop;
                if (stop > start)
                    pieces.Add(new Piece(entry, start, stop - start));
            }
            if (!whole)
                end = pieces[^1].FileStart + pieces[^1].Bytes;
            yield return new Block(file, at, end, pieces);
            at = end;
        }
    }
}
