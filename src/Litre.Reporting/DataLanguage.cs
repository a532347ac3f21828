using Litre.Data.Samples;
using Litre.Training.Tuning;

namespace Litre.Reporting;

/// <summary>Determines the language of a report from the texts of its data.</summary>
public static class DataLanguage
{
    // Enough to decide; a data set may have millions of rows.
    private const int SamplesRead = 500;

    /// <summary>The requested language, or the language of the data.</summary>
    /// <param name="asked">The user's choice.</param>
    /// <param name="samples">The data's samples, or some of them.</param>
    /// <returns>English or Chinese.</returns>
    public static ReportLanguage Of(ReportLanguage asked, IEnumerable<Sample> samples)
    {
        if (asked != ReportLanguage.Auto)
            return asked;
        var (chinese, others) = (0, 0);
        foreach (var sample in samples.Take(SamplesRead))
        {
            if (IsChinese(sample.Messages.Select(m => m.Text).Concat(sample.References)))
                chinese++;
            else
                others++;
        }
        return chinese > others ? ReportLanguage.Zh : ReportLanguage.En;
    }

    // A Chinese character counts as about two letters. Kana and Hangul belong to languages that use some of the same characters.
    internal static bool IsChinese(IEnumerable<string> texts)
    {
        var (han, letters, neighbours) = (0, 0, 0);
        foreach (var c in texts.SelectMany(t => t))
        {
            if (c is (>= '\u3400' and <= '\u9FFF') or (>= '\uF900' and <= '\uFAFF'))
                han++;
            else if (c is (>= '\u3040' and <= '\u30FF') or (>= '\uAC00' and <= '\uD7AF'))
                neighbours++;
            else if (char.IsLetter(c))
                letters++;
        }
        return 2 * han > letters && 10 * neighbours < han;
    }
}
