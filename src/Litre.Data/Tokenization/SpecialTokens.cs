namespace Litre.Data.Tokenization;

/// <summary>How text that spells out an added token is encoded.</summary>
public enum SpecialTokens
{
    /// <summary>Every added token is recognized. For text created by the program: templates, tests.</summary>
    Parse,

    /// <summary>
    /// Content tokens are recognized: <c>&lt;think&gt;</c>, <c>&lt;tool_call&gt;</c>, <c>&lt;|box_start|&gt;</c> and similar ones.
    /// Control tokens are not, so the text cannot leave its turn. For all text of conversations.
    /// </summary>
    ContentOnly,

    /// <summary>No added token is recognized: all text is encoded as ordinary characters.</summary>
    Plain,
}
