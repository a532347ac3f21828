using System.Globalization;

namespace Litre.Core;

/// <summary>Quantities as messages show them.</summary>
public static class Units
{
    /// <summary>Memory and disk space, such as <c>1.50 GiB</c>.</summary>
    public static string GiB(long bytes, int digits = 2) =>
        (bytes / (double)(1L << 30)).ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + " GiB";
}
