using System.Text;

namespace Litre.Data.Chat;

/// <summary>The form in which a family's answers write function calls.</summary>
public interface IToolCallFormat
{
    /// <summary>The mark before a call.</summary>
    string Open { get; }

    /// <summary>The mark after it.</summary>
    string Close { get; }

    /// <summary>Creates a reader of the text between the marks of one call.</summary>
    IToolCallReader CreateReader();
}

/// <summary>Reads one function call from text that arrives in pieces. Not thread-safe.</summary>
public interface IToolCallReader
{
    ToolCallState State { get; }

    /// <summary>The function's name; null until it is complete.</summary>
    string? Name { get; }

    /// <summary>Reads the next piece, up to the end of the call.</summary>
    /// <param name="text">The piece.</param>
    /// <param name="arguments">
    /// What the piece adds to the arguments is appended, as JSON. Nothing is appended before the name is complete.
    /// </param>
    /// <returns>The number of characters that belong to the call.</returns>
    int Read(ReadOnlySpan<char> text, StringBuilder arguments);
}

/// <summary>What a reader knows about a call so far.</summary>
public enum ToolCallState
{
    /// <summary>It is incomplete.</summary>
    Reading,

    /// <summary>It is complete, and its arguments are valid JSON.</summary>
    Complete,

    /// <summary>The text is not a call.</summary>
    Invalid,
}
