namespace Litre.Training.Tuning;

/// <summary>The language of a report.</summary>
public enum ReportLanguage
{
    /// <summary>Chinese if the data are Chinese, otherwise English.</summary>
    Auto,

    /// <summary>English.</summary>
    En,

    /// <summary>Chinese.</summary>
    Zh,
}
