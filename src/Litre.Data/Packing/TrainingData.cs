using Litre.Core;
using Litre.Data.Formats;
using Litre.Data.Samples;
using Litre.Data.Splits;

namespace Litre.Data.Packing;

/// <summary>
/// A data set ready for training: tokens of every usable sample, by split. Pixels are loaded when they are needed.
/// Dispose when the samples are no longer needed: embedded images are deleted with it.
/// </summary>
public sealed class TrainingData : IDisposable
{
    private const int RowsAtOnce = 256;

    private readonly DataSet _data;

    private TrainingData(DataSet data, IReadOnlyList<TokenizedSample> samples, DataSplit[] sides, IReadOnlyList<UnusableRow> unusable)
    {
        (_data, Unusable) = (data, unusable);
        Warnings = WarningGroup.Of(samples.Select(s => (s.Sample.Origin, s.Sample.Warnings)));
        Train = Of(DataSplit.Train);
        Validation = Of(DataSplit.Validation);
        Test = Of(DataSplit.Test);

        List<TokenizedSample> Of(DataSplit side) => [.. samples.Where((_, i) => sides[i] == side)];
    }

    /// <summary>Training samples in the order of the data.</summary>
    public IReadOnlyList<TokenizedSample> Train { get; }

    public IReadOnlyList<TokenizedSample> Validation { get; }

    public IReadOnlyList<TokenizedSample> Test { get; }

    /// <summary>Whether any sample shows an image or a video.</summary>
    public bool HasImages => Train.Concat(Validation).Concat(Test).Any(s => s.Visuals.Count > 0);

    /// <summary>Rows that are in no split, and why.</summary>
    public IReadOnlyList<UnusableRow> Unusable { get; }

    /// <summary>Warnings about the samples, grouped.</summary>
    public IReadOnlyList<WarningGroup> Warnings { get; }

    /// <summary>What the user should know, such as licenses.</summary>
    public IReadOnlyCollection<string> Notices => _data.Notices;

    /// <summary>Reads, tokenizes and splits the data. The result does not depend on the number of workers.</summary>
    /// <param name="path">A file or folder of data.</param>
    /// <param name="encoder">The checkpoint's encoder.</param>
    /// <param name="split">The held-out shares if the data do not define splits.</param>
    /// <param name="reading">How to read the data.</param>
    /// <param name="workers">Rows processed at once; 0 for one per processor.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <exception cref="InputException">There are no recognized data, or no row can be used.</exception>
    public static TrainingData Load(
        string path,
        SampleEncoder encoder,
        SplitOptions? split = null,
        DataSetOptions? reading = null,
        int workers = 0,
        CancellationToken cancel = default
    )
    {
        var data = DataSet.Open(path, reading);
        try
        {
            var (samples, items, unusable) = (new List<TokenizedSample>(), new List<SplitItem>(), new List<UnusableRow>());
            var parallel = new ParallelOptions
            {
                MaxDegreeOfParallelism = workers > 0 ? workers : Environment.ProcessorCount,
                CancellationToken = cancel,
            };
            foreach (var rows in data.Read().Chunk(RowsAtOnce))
            {
                var results = new (TokenizedSample? Tokens, SplitItem? Item, UnusableRow? Unusable)[rows.Length];
                Parallel.For(0, rows.Length, parallel, i => results[i] = Encode(rows[i], encoder));
                foreach (var (tokens, item, trouble) in results)
                {
                    if (trouble != null)
                    {
                        unusable.Add(trouble);
                        continue;
                    }
                    samples.Add(tokens! with { ContentHashes = item!.Contents });
                    items.Add(item!);
                }
            }
            if (samples.Count == 0)
                throw new InputException(
                    "data",
                    path,
                    $"none of its {unusable.Count} rows can be used (the first: {unusable[0]})",
                    $"run litre data check {path}"
                );
            return new TrainingData(data, samples, DataSplitter.Assign(items, split ?? new SplitOptions()), unusable);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public void Dispose() => _data.Dispose();

    private static (TokenizedSample?, SplitItem?, UnusableRow?) Encode(Row row, SampleEncoder encoder)
    {
        if (row.Sample is not { } sample)
            return (null, null, row.Unusable);
        try
        {
            return (encoder.Encode(sample), SplitItem.Of(sample, encoder.Limits), null);
        }
        catch (InputException e)
        {
            return (null, null, UnusableRow.FromMedia(sample.Origin, e));
        }
    }
}
