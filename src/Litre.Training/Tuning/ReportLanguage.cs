namespace Litre.Training.Tuning;

/// <summary>The language of a report's own words.</summary>
public enum ReportLanguage
{
    /// <summary>Chinese where the data are, else English.</summary>
    Auto,

    /// <summary>English.</summary>
    En,

    /// <summary>Chinese.</summary>
    Zh,
}
