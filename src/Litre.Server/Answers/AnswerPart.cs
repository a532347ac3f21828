namespace Litre.Server.Answers;

/// <summary>What a piece of an answer's text adds to the answer.</summary>
public abstract record AnswerPart;

/// <summary>The next piece of the thought before the answer.</summary>
/// <param name="Text">Not empty.</param>
public sealed record ReasoningPart(string Text) : AnswerPart;

/// <summary>The next piece of the answer's text.</summary>
/// <param name="Text">Not empty.</param>
public sealed record TextPart(string Text) : AnswerPart;

/// <summary>A function call begins.</summary>
/// <param name="Index">The number of calls before it.</param>
/// <param name="Name">The function's name.</param>
public sealed record CallStart(int Index, string Name) : AnswerPart;

/// <summary>The next piece of a call's arguments.</summary>
/// <param name="Index">The number of calls before it.</param>
/// <param name="Json">A piece of JSON, not empty.</param>
public sealed record CallArguments(int Index, string Json) : AnswerPart;
