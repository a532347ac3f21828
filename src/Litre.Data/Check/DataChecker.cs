using System.Collections.Concurrent;
using Litre.Core;
using Litre.Data.Formats;
using Litre.Data.Keys;
using Litre.Data.Samples;
using Litre.Data.Splits;

namespace Litre.Data.Check;

/// <summary>
/// Checks every row and decodes every image, in parallel, with memory for the images being decoded and a few hundred
/// bytes per sample.
/// </summary>
public static class DataChecker
{
    private const int RowsAtOnce = 64;

    /// <summary>Checks a file or folder of data.</summary>
    /// <exception cref="InputException">There are no recognized data.</exception>
    public static DataCheckResult Check(string path, DataCheckOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new DataCheckOptions();
        using var data = DataSet.Open(path, options.Reading);
        var facts = new List<SampleSummary>();
        var unusable = new List<UnusableRow>();
        var keys = new KeyTable();
        var decoded = new ConcurrentDictionary<string, string?>();
        var done = 0L;
        foreach (var rows in data.Read().Chunk(RowsAtOnce))
        {
            var results = new (SampleSummary? Facts, UnusableRow? Unusable)[rows.Length];
            Parallel.For(
                0,
                rows.Length,
                new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancel },
                i => results[i] = Examine(rows[i], options, decoded)
            );
            foreach (var (row, (fact, trouble)) in rows.Zip(results))
            {
                if (fact != null)
                    facts.Add(fact);
                else
                    unusable.Add(trouble!);
                keys.Add(fact != null ? row.Keys ?? [] : row.UnusedKeys);
            }
            done += rows.Length;
            options.Progress?.Invoke(done);
        }
        return Summarize(data, facts, unusable, keys, options);
    }

    private static (SampleSummary?, UnusableRow?) Examine(Row row, DataCheckOptions options, ConcurrentDictionary<string, string?> decoded)
    {
        if (row.Sample is not { } sample)
            return (null, row.Unusable);
        try
        {
            return (SampleSummary.Examine(sample, options, decoded), null);
        }
        catch (InputException e)
        {
            return (null, UnusableRow.FromMedia(sample.Origin, e));
        }
    }

    private static DataCheckResult Summarize(
        DataSet data,
        List<SampleSummary> facts,
        List<UnusableRow> unusable,
        KeyTable keys,
        DataCheckOptions options
    )
    {
        var items = facts.Select(f => f.Split).ToList();
        var sides = DataSplitter.Assign(items, options.Split);
        var usableByFile = facts.GroupBy(f => f.Origin.File).ToDictionary(g => g.Key, g => g.Count());
        var unusableByFile = unusable.GroupBy(u => u.Origin.File).ToDictionary(g => g.Key, g => g.Count());
        var tooLong = options.MaximumLength is { } limit
            ? facts.Where(f => f.Length > limit).Select(f => new LongSample(f.Origin, f.Length, f.Visual, f.TruncatedAnswerTokens)).ToList()
            : [];
        var sameQuestion = facts.GroupBy(f => f.Question).Where(g => g.Count() > 1).ToList();
        var notices = data.Notices.ToList();
        if (options.Encoder?.Chat.Template.Notice is { } template)
            notices.Add(template);
        return new DataCheckResult
        {
            Path = data.Root,
            Files =
            [
                .. data.Files.Select(f => new FileSummary(
                    f.Path,
                    f.Format,
                    f.Split,
                    usableByFile.GetValueOrDefault(f.Path),
                    unusableByFile.GetValueOrDefault(f.Path)
                )),
            ],
            Samples = facts.Count,
            Splits = Enum.GetValues<DataSplit>().ToDictionary(s => s.ToString().ToLowerInvariant(), s => sides.Count(x => x == s)),
            DistinctImages = items.Zip(facts).Where(p => p.Second.Images > 0).SelectMany(p => p.First.Contents).Distinct().Count(),
            ImageReferences = facts.Sum(f => f.Images),
            Videos = facts.Sum(f => f.Videos),
            Tokens = options.Encoder == null ? null : TokenSummary.Of([.. facts.Select(f => (f.Length, f.Visual, f.AnswerTokens))]),
            DuplicateIds = [.. facts.GroupBy(f => f.Id).Where(g => g.Count() > 1).Select(g => Group(g.Key, g))],
            Duplicates =
            [
                .. sameQuestion.SelectMany(g => g.GroupBy(f => f.Answer)).Where(g => g.Count() > 1).Select(g => Group("the same row", g)),
            ],
            Contradictions =
            [
                .. sameQuestion
                    .Where(g => g.Select(f => f.Answer).Distinct().Count() > 1)
                    .Select(g => Group("one question, different answers", g)),
            ],
            Leaks = [.. DataSplitter.Leaks(items, sides).Select(l => Group(l.Content, l.Samples.Select(i => facts[i])))],
            TooLong = tooLong,
            Unusable = unusable,
            Keys = keys.Summaries,
            Warnings = WarningGroup.Of(facts.Select(f => (f.Origin, f.Warnings))),
            Notices = notices,
        };
    }

    private static RowGroup Group(string what, IEnumerable<SampleSummary> facts) => new(what, [.. facts.Select(f => f.Origin)]);
}
