using Litre.Data.Samples;
using Litre.Training.Tuning;

namespace Litre.Reporting;

/// <summary>Tells in which language a report is to be read, by the texts of its data.</summary>
public static class DataLanguage
{
    // Enough to tell; a data set may have millions of rows.
    private const int SamplesRead = 500;

    /// <summary>What was asked for, or what the data are written in.</summary>
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

    // A Chinese character stands for about two letters. Kana and Hangul are of languages that use some of the same characters.
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
