namespace Litre.Model.Families.Qwen;

/// <summary>What a template does with the thoughts before an answer.</summary>
public enum ThoughtForm
{
    /// <summary>Omits them.</summary>
    None,

    /// <summary>Writes them before the answers behind the last question, and opens one for the model to continue with.</summary>
    Opened,

    /// <summary>Writes them there too, empty ones as well; whether there is to be one is the model's to say.</summary>
    Optional,
}
