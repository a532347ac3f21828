using Litre.Core;
using Litre.Core.Files;
using Litre.Data.Formats;
using Litre.Data.Samples;

namespace Litre.Data.Preview;

/// <summary>One self-contained page that shows data as training uses them.</summary>
public static class DataPreview
{
    /// <summary>Writes the page; it appears complete or not at all.</summary>
    /// <param name="path">The data.</param>
    /// <param name="html">The page's file.</param>
    /// <param name="options">What to show.</param>
    /// <exception cref="InputException">There are no data, or the page cannot be written.</exception>
    public static void Write(string path, string html, PreviewOptions? options = null)
    {
        options ??= new PreviewOptions();
        using var data = DataSet.Open(path, options.Reading);
        var (drawn, unusable, usable, lost) = SampleRows(data, options);
        var page = new PreviewPage(options, data.Root);
        page.Begin(data, usable, lost, drawn.Count);
        foreach (var sample in drawn)
            page.Add(sample);
        page.End(unusable, lost);
        AtomicFile.WriteText(html, page.ToString());
    }

    // Reservoir sampling (Vitter's algorithm R): one pass over any number of rows. Samples are shown in the order of the data.
    private static (List<Sample> Drawn, List<UnusableRow> Unusable, int Usable, int Lost) SampleRows(DataSet data, PreviewOptions options)
    {
        var drawn = new List<(int Number, Sample Sample)>();
        var unusable = new List<UnusableRow>();
        var random = new SeededOrder(options.Seed);
        var (usable, lost) = (0, 0);
        foreach (var row in data.Read())
        {
            if ((row.Unusable ?? FindRefusal(row.Sample!, options)) is { } refused)
            {
                if (lost++ < options.UnusableRows)
                    unusable.Add(refused);
                continue;
            }
            var sample = row.Sample!;
            var place = usable < options.Samples ? usable : random.Below(usable + 1);
            if (usable < options.Samples)
                drawn.Add((usable, sample));
            else if (place < options.Samples)
                drawn[place] = (usable, sample);
            usable++;
        }
        return ([.. drawn.OrderBy(d => d.Number).Select(d => d.Sample)], unusable, usable, lost);
    }

    // Whether the model supports the row's media; an image that cannot be decoded is reported with its sample.
    private static UnusableRow? FindRefusal(Sample sample, PreviewOptions options)
    {
        try
        {
            options.Encoder?.CheckMedia(sample);
            return null;
        }
        catch (InputException e)
        {
            return UnusableRow.FromMedia(sample.Origin, e);
        }
    }
}
