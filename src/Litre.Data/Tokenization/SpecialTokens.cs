namespace Litre.Data.Tokenization;

/// <summary>What text that spells an added token becomes.</summary>
public enum SpecialTokens
{
    /// <summary>Every added token is recognised. For text of the program's own making: templates, tests.</summary>
    Parse,

    /// <summary>Content marks such as <c>&lt;think&gt;</c> are recognised, control tokens are not. For answers to train on.</summary>
    ContentOnly,

    /// <summary>Nothing is recognised: the text cannot leave its place. For text of users and data sets.</summary>
    Plain,
}
