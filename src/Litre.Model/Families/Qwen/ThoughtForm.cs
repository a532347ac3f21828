namespace Litre.Model.Families.Qwen;

/// <summary>How a template handles the thoughts before an answer.</summary>
public enum ThoughtForm
{
    /// <summary>Omits them.</summary>
    None,

    /// <summary>Writes them before the answers after the last question, and opens one for the model to continue.</summary>
    Opened,

    /// <summary>Writes them there too, including empty ones; the model decides whether to think.</summary>
    Optional,
}
