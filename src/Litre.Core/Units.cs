using System.Globalization;

namespace Litre.Core;

/// <summary>Quantities as messages show them.</summary>
public static class Units
{
    /// <summary>Disk space in the unit that suits it: MiB below 100 MiB, else GiB.</summary>
    public static string MiBOrGiB(long bytes) =>
        bytes < 100L << 20 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB") : GiB(bytes, 1);

    /// <summary>Memory and disk space, such as <c>1.50 GiB</c>.</summary>
    public static string GiB(long bytes, int digits = 2) =>
        (bytes / (double)(1L << 30)).ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + " GiB";

    /// <summary>A number with its noun: <c>1 row</c>, <c>2 rows</c>, <c>1,204 rows</c>.</summary>
    /// <param name="count">0 or more.</param>
    /// <param name="singular">The noun for one.</param>
    /// <param name="plural">The noun for other counts; null for the singular with an s.</param>
    public static string Count(long count, string singular, string? plural = null) =>
        count.ToString("N0", CultureInfo.InvariantCulture) + " " + (count == 1 ? singular : plural ?? singular + "s");
}
