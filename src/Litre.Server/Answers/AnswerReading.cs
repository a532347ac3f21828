namespace Litre.Server.Answers;

/// <summary>How the text of an answer is read.</summary>
public enum AnswerReading
{
    /// <summary>A thought and text.</summary>
    Text,

    /// <summary>A thought, text and function calls.</summary>
    Calls,

    /// <summary>A thought, text and at most one function call.</summary>
    SingleCall,

    /// <summary>One function call as JSON, without marks: an answer that was constrained to be a call.</summary>
    ForcedCall,

    /// <summary>All of it is text: an answer that was constrained to another form.</summary>
    Constrained,
}
