namespace Litre.Data.Tokenization;

/// <summary>
/// The frequency of each pair of neighboring tokens in a list of counted words, updated while pairs are merged.
/// The queue contains counts from when they last rose; a pair whose count has fallen since is requeued when it is taken.
/// </summary>
internal sealed class PairCounts
{
    private readonly List<int[]> _words = [];
    private readonly List<long> _times = [];
    private readonly Dictionary<(int, int), long> _counts = [];
    private readonly Dictionary<(int, int), HashSet<int>> _places = [];
    private readonly PriorityQueue<(int Left, int Right), (long Negative, int Left, int Right)> _queue = new();
    private bool _queued;

    public void Add(int[] word, long times)
    {
        _words.Add(word);
        _times.Add(times);
        for (var i = 1; i < word.Length; i++)
            Change(word[i - 1], word[i], times, _words.Count - 1);
    }

    /// <summary>The most frequent pair, for equal counts the one with smaller IDs; null if none is frequent enough.</summary>
    public (int Left, int Right)? TakeMostFrequent(long minimum)
    {
        if (!_queued)
        {
            foreach (var (pair, count) in _counts)
                Enqueue(pair, count);
            _queued = true;
        }
        while (_queue.TryDequeue(out var pair, out var priority))
        {
            var count = _counts.GetValueOrDefault(pair);
            if (count < minimum)
                continue;
            if (count == -priority.Negative)
                return pair;
            if (count < -priority.Negative)
                Enqueue(pair, count);
        }
        return null;
    }

    /// <summary>Replaces a pair by one token in every word, from left to right.</summary>
    public void Merge(int left, int right, int id)
    {
        var risen = new HashSet<(int, int)>();
        foreach (var place in _places[(left, right)])
        {
            var (old, times) = (_words[place], _times[place]);
            var merged = Replace(old, left, right, id);
            for (var i = 1; i < old.Length; i++)
                Change(old[i - 1], old[i], -times, place);
            for (var i = 1; i < merged.Length; i++)
            {
                Change(merged[i - 1], merged[i], times, place);
                risen.Add((merged[i - 1], merged[i]));
            }
            _words[place] = merged;
        }
        _counts.Remove((left, right));
        _places.Remove((left, right));
        foreach (var pair in risen.Where(p => p.Item1 == id || p.Item2 == id))
            Enqueue(pair, _counts.GetValueOrDefault(pair));
    }

    private static int[] Replace(int[] word, int left, int right, int id)
    {
        var merged = new List<int>(word.Length);
        for (var i = 0; i < word.Length; i++)
        {
            var isPair = i + 1 < word.Length && word[i] == left && word[i + 1] == right;
            merged.Add(isPair ? id : word[i]);
            if (isPair)
                i++;
        }
        return [.. merged];
    }

    private void Change(int left, int right, long by, int place)
    {
        _counts[(left, right)] = _counts.GetValueOrDefault((left, right)) + by;
        if (by < 0)
            return;
        if (!_places.TryGetValue((left, right), out var places))
            _places[(left, right)] = places = [];
        places.Add(place);
    }

    private void Enqueue((int Left, int Right) pair, long count) => _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
}
