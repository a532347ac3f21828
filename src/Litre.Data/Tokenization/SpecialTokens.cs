namespace Litre.Data.Tokenization;

/// <summary>What text that spells an added token becomes.</summary>
public enum SpecialTokens
{
    /// <summary>Every added token is recognised. For text of the program's own making: templates, tests.</summary>
    Parse,

    /// <summary>
    /// Content tokens are recognised: <c>&lt;think&gt;</c>, <c>&lt;tool_call&gt;</c>, <c>&lt;|box_start|&gt;</c> and their like.
    /// Control tokens are not, so the text cannot leave its turn. For all text of conversations.
    /// </summary>
    ContentOnly,

    /// <summary>Nothing is recognised: every token comes from the letters.</summary>
    Plain,
}
